service {
  id      = "auth-west-1"
  name    = "auth"
  address = "10.2.12.11"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.2.12.11:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      checks = [{ name = "listener", tcp = "10.2.12.11:21000", interval = "10s", timeout = "2s" },
        { name = "auth itself", alias_service = "auth-west-1" }]
    }
  }
}
service {
  id      = "auth-west-2"
  name    = "auth"
  address = "10.2.12.12"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.2.12.12:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      checks = [{ name = "listener", tcp = "10.2.12.12:21000", interval = "10s", timeout = "2s" },
        { name = "auth itself", alias_service = "auth-west-2" }]
    }
  }
}
