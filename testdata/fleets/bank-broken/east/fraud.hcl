service {
  id      = "fraud-east-1"
  name    = "fraud"
  address = "10.1.21.11"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.1.21.11:8080/health"
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
  id      = "fraud-east-2"
  name    = "fraud"
  address = "10.1.21.12"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.1.21.12:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
    }
  }
}
