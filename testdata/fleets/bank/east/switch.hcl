service {
  id      = "switch-east-1"
  name    = "switch"
  address = "10.1.20.11"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.1.20.11:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      proxy = {
        upstreams = [
          { destination_name = "fraud", local_bind_port = 9200 },
        ]
      }
    }
  }
}
service {
  id      = "switch-east-2"
  name    = "switch"
  address = "10.1.20.12"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.1.20.12:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      proxy = {
        upstreams = [
          { destination_name = "fraud", local_bind_port = 9200 },
        ]
      }
    }
  }
}
