service {
  id      = "edge-east-1"
  name    = "edge"
  address = "10.1.10.11"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.1.10.11:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      proxy = {
        upstreams = [
          { destination_name = "payments", local_bind_port = 9200 },
          { destination_name = "accounts", local_bind_port = 9201 },
          { destination_name = "auth", local_bind_port = 9202 },
        ]
      }
    }
  }
}
service {
  id      = "edge-east-2"
  name    = "edge"
  address = "10.1.10.12"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.1.10.12:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      proxy = {
        upstreams = [
          { destination_name = "payments", local_bind_port = 9200 },
          { destination_name = "accounts", local_bind_port = 9201 },
          { destination_name = "auth", local_bind_port = 9202 },
        ]
      }
    }
  }
}
