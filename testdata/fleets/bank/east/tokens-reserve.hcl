service {
  id      = "tokens-reserve-east-1"
  name    = "tokens-reserve"
  address = "10.1.25.11"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.1.25.11:8080/health"
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
  id      = "tokens-reserve-east-2"
  name    = "tokens-reserve"
  address = "10.1.25.12"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.1.25.12:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
    }
  }
}
