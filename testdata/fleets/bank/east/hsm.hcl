services {
  id      = "hsm-east-1"
  name    = "hsm"
  address = "10.1.24.11"
  port    = 1792
  check {
    name     = "key store answers"
    http     = "http://10.1.24.11:9090/health"
    interval = "5s"
    timeout  = "2s"
  }
}
services {
  id      = "hsm-east-1-proxy"
  name    = "hsm-proxy"
  kind    = "connect-proxy"
  address = "10.1.24.11"
  port    = 21000
  proxy {
    destination_service_name = "hsm"
    destination_service_id   = "hsm-east-1"
    local_service_address    = "127.0.0.1"
    local_service_port       = 1792
  }
  checks = [
    { name = "listener", tcp = "10.1.24.11:21000", interval = "10s", timeout = "2s" },
    { name = "hsm itself", alias_service = "hsm-east-1" }
  ]
}
services {
  id      = "hsm-east-2"
  name    = "hsm"
  address = "10.1.24.12"
  port    = 1792
  check {
    name     = "key store answers"
    http     = "http://10.1.24.12:9090/health"
    interval = "5s"
    timeout  = "2s"
  }
}
services {
  id      = "hsm-east-2-proxy"
  name    = "hsm-proxy"
  kind    = "connect-proxy"
  address = "10.1.24.12"
  port    = 21000
  proxy {
    destination_service_name = "hsm"
    destination_service_id   = "hsm-east-2"
    local_service_address    = "127.0.0.1"
    local_service_port       = 1792
  }
  checks = [
    { name = "listener", tcp = "10.1.24.12:21000", interval = "10s", timeout = "2s" },
    { name = "hsm itself", alias_service = "hsm-east-2" }
  ]
}
