service {
  id      = "disputes-east-1"
  name    = "disputes"
  address = "10.1.17.11"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.1.17.11:8080/health"
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
  id      = "disputes-east-2"
  name    = "disputes"
  address = "10.1.17.12"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.1.17.12:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
    }
  }
}
