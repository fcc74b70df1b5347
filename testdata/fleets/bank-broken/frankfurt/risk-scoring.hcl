service {
  id      = "risk-scoring-frankfurt-1"
  name    = "risk-scoring"
  address = "10.9.31.11"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.9.31.11:8080/health"
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
  id      = "risk-scoring-frankfurt-2"
  name    = "risk-scoring"
  address = "10.9.31.12"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.9.31.12:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
    }
  }
}
