service {
  id      = "mesh-gateway-east-1"
  name    = "mesh-gateway"
  kind    = "mesh-gateway"
  address = "10.1.250.1"
  port    = 8443
  tagged_addresses {
    lan = { address = "10.1.250.1", port = 8443 }
    wan = { address = "198.51.100.1", port = 443 }
  }
  check {
    name     = "listener"
    tcp      = "10.1.250.1:8443"
    interval = "5s"
    timeout  = "2s"
  }
}
service {
  id      = "mesh-gateway-east-2"
  name    = "mesh-gateway"
  kind    = "mesh-gateway"
  address = "10.1.250.2"
  port    = 8443
  tagged_addresses {
    lan = { address = "10.1.250.2", port = 8443 }
    wan = { address = "198.51.100.2", port = 443 }
  }
  check {
    name     = "listener"
    tcp      = "10.1.250.2:8443"
    interval = "5s"
    timeout  = "2s"
  }
}
