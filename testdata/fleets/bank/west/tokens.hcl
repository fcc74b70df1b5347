service {
  id      = "tokens-west-1"
  name    = "tokens"
  address = "10.2.25.11"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.2.25.11:8080/health"
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
  id      = "tokens-west-2"
  name    = "tokens"
  address = "10.2.25.12"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.2.25.12:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
    }
  }
}
