service {
  id      = "hsm-reserve-west-1"
  name    = "hsm-reserve"
  address = "10.2.24.11"
  port    = 1792
  check {
    name     = "health"
    http     = "http://10.2.24.11:9090/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      checks = [{ name = "listener", tcp = "10.2.24.11:21000", interval = "10s", timeout = "2s" },
        { name = "hsm-reserve itself", alias_service = "hsm-reserve-west-1" }]
    }
  }
}
service {
  id      = "hsm-reserve-west-2"
  name    = "hsm-reserve"
  address = "10.2.24.12"
  port    = 1792
  check {
    name     = "health"
    http     = "http://10.2.24.12:9090/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      checks = [{ name = "listener", tcp = "10.2.24.12:21000", interval = "10s", timeout = "2s" },
        { name = "hsm-reserve itself", alias_service = "hsm-reserve-west-2" }]
    }
  }
}
