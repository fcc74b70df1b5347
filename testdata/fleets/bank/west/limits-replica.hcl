service {
  id      = "limits-replica-west-1"
  name    = "limits-replica"
  address = "10.2.23.11"
  port    = 50051
  check {
    name     = "grpc health"
    grpc     = "10.2.23.11:50051"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      checks = [{ name = "listener", tcp = "10.2.23.11:21000", interval = "10s", timeout = "2s" },
        { name = "limits-replica itself", alias_service = "limits-replica-west-1" }]
    }
  }
}
service {
  id      = "limits-replica-west-2"
  name    = "limits-replica"
  address = "10.2.23.12"
  port    = 50051
  check {
    name     = "grpc health"
    grpc     = "10.2.23.12:50051"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      checks = [{ name = "listener", tcp = "10.2.23.12:21000", interval = "10s", timeout = "2s" },
        { name = "limits-replica itself", alias_service = "limits-replica-west-2" }]
    }
  }
}
