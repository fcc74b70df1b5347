service {
  id      = "settlement-engine-west-1"
  name    = "settlement-engine"
  address = "10.2.15.11"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.2.15.11:8080/health"
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
  id      = "settlement-engine-west-2"
  name    = "settlement-engine"
  address = "10.2.15.12"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.2.15.12:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
    }
  }
}
