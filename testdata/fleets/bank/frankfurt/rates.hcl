service {
  id      = "rates-frankfurt-1"
  name    = "rates"
  address = "10.9.32.11"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.9.32.11:8080/health"
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
  id      = "rates-frankfurt-2"
  name    = "rates"
  address = "10.9.32.12"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.9.32.12:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
    }
  }
}
