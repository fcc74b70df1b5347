service {
  id      = "pos-west-1"
  name    = "pos"
  address = "10.2.20.11"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.2.20.11:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      proxy = {
        upstreams = [
          { destination_name = "cards", local_bind_port = 9200 },
          { destination_name = "hsm", local_bind_port = 9201 },
          { destination_name = "tokens", local_bind_port = 9202 },
          { destination_name = "limits", local_bind_port = 9203 },
        ]
      }
    }
  }
}
service {
  id      = "pos-west-2"
  name    = "pos"
  address = "10.2.20.12"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.2.20.12:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      proxy = {
        upstreams = [
          { destination_name = "cards", local_bind_port = 9200 },
          { destination_name = "hsm", local_bind_port = 9201 },
          { destination_name = "tokens", local_bind_port = 9202 },
          { destination_name = "limits", local_bind_port = 9203 },
        ]
      }
    }
  }
}
