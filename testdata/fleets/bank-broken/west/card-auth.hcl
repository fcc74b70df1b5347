service {
  id      = "card-auth-west-1"
  name    = "card-auth"
  address = "10.2.16.11"
  port    = 8080
  meta = {
    version = "v1"
  }
  check {
    name     = "health"
    http     = "http://10.2.16.11:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      checks = [{ name = "listener", tcp = "10.2.16.11:21000", interval = "10s", timeout = "2s" },
        { name = "card-auth itself", alias_service = "card-auth-west-1" }]
    }
  }
}
service {
  id      = "card-auth-west-2"
  name    = "card-auth"
  address = "10.2.16.12"
  port    = 8080
  meta = {
    version = "v1"
  }
  check {
    name     = "health"
    http     = "http://10.2.16.12:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      checks = [{ name = "listener", tcp = "10.2.16.12:21000", interval = "10s", timeout = "2s" },
        { name = "card-auth itself", alias_service = "card-auth-west-2" }]
    }
  }
}
service {
  id      = "card-auth-west-3"
  name    = "card-auth"
  address = "10.2.16.13"
  port    = 8080
  meta = {
    version = "v2"
  }
  check {
    name     = "health"
    http     = "http://10.2.16.13:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      checks = [{ name = "listener", tcp = "10.2.16.13:21000", interval = "10s", timeout = "2s" },
        { name = "card-auth itself", alias_service = "card-auth-west-3" }]
    }
  }
}
service {
  id      = "card-auth-west-4"
  name    = "card-auth"
  address = "10.2.16.14"
  port    = 8080
  meta = {
    version = "v2"
  }
  check {
    name     = "health"
    http     = "http://10.2.16.14:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      checks = [{ name = "listener", tcp = "10.2.16.14:21000", interval = "10s", timeout = "2s" },
        { name = "card-auth itself", alias_service = "card-auth-west-4" }]
    }
  }
}
