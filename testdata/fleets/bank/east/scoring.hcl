service {
  id      = "scoring-east-1"
  name    = "scoring"
  address = "10.1.22.11"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.1.22.11:8080/health"
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
  id      = "scoring-east-2"
  name    = "scoring"
  address = "10.1.22.12"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.1.22.12:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
    }
  }
}
