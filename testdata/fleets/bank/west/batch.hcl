service {
  id      = "batch-west-1"
  name    = "batch"
  address = "10.2.21.11"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.2.21.11:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      proxy = {
        upstreams = [
          { destination_name = "ledger", local_bind_port = 9200 },
          { destination_name = "settlement", local_bind_port = 9201 },
        ]
      }
    }
  }
}
service {
  id      = "batch-west-2"
  name    = "batch"
  address = "10.2.21.12"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.2.21.12:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      proxy = {
        upstreams = [
          { destination_name = "ledger", local_bind_port = 9200 },
          { destination_name = "settlement", local_bind_port = 9201 },
        ]
      }
    }
  }
}
