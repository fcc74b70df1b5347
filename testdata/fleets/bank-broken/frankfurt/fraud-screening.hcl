service {
  id      = "fraud-screening-frankfurt-1"
  name    = "fraud-screening"
  address = "10.9.30.11"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.9.30.11:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
    }
  }
}
service {
  id      = "fraud-screening-frankfurt-2"
  name    = "fraud-screening"
  address = "10.9.30.12"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.9.30.12:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
    }
  }
}
