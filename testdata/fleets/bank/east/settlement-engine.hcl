service {
  id      = "settlement-engine-east-1"
  name    = "settlement-engine"
  address = "10.1.15.11"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.1.15.11:8080/health"
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
  id      = "settlement-engine-east-2"
  name    = "settlement-engine"
  address = "10.1.15.12"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.1.15.12:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
    }
  }
}
