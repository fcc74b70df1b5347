service {
  id      = "mesh-gateway-frankfurt-1"
  name    = "mesh-gateway"
  kind    = "mesh-gateway"
  address = "10.9.250.1"
  port    = 8443
  tagged_addresses {
    lan = { address = "10.9.250.1", port = 8443 }
    wan = { address = "192.0.2.1", port = 443 }
  }
  check {
    name     = "listener"
    tcp      = "10.9.250.1:8443"
    interval = "5s"
    timeout  = "2s"
  }
}
service {
  id      = "mesh-gateway-frankfurt-2"
  name    = "mesh-gateway"
  kind    = "mesh-gateway"
  address = "10.9.250.2"
  port    = 8443
  tagged_addresses {
    lan = { address = "10.9.250.2", port = 8443 }
    wan = { address = "192.0.2.2", port = 443 }
  }
  check {
    name     = "listener"
    tcp      = "10.9.250.2:8443"
    interval = "5s"
    timeout  = "2s"
  }
}
