service {
  id      = "ledger-core-west-1"
  name    = "ledger-core"
  address = "10.2.14.11"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.2.14.11:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      checks = [{ name = "listener", tcp = "10.2.14.11:21000", interval = "10s", timeout = "2s" },
        { name = "ledger-core itself", alias_service = "ledger-core-west-1" }]
    }
  }
}
service {
  id      = "ledger-core-west-2"
  name    = "ledger-core"
  address = "10.2.14.12"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.2.14.12:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      checks = [{ name = "listener", tcp = "10.2.14.12:21000", interval = "10s", timeout = "2s" },
        { name = "ledger-core itself", alias_service = "ledger-core-west-2" }]
    }
  }
}
