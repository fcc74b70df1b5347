service {
  id      = "payments-west-1"
  name    = "payments"
  address = "10.2.11.11"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.2.11.11:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      checks = [{ name = "listener", tcp = "10.2.11.11:21000", interval = "10s", timeout = "2s" },
        { name = "payments itself", alias_service = "payments-west-1" }]
      proxy = {
        upstreams = [
          { destination_type = "prepared_query", destination_name = "sanctions", local_bind_port = 9200 },
        ]
      }
    }
  }
}
service {
  id      = "payments-west-2"
  name    = "payments"
  address = "10.2.11.12"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.2.11.12:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      checks = [{ name = "listener", tcp = "10.2.11.12:21000", interval = "10s", timeout = "2s" },
        { name = "payments itself", alias_service = "payments-west-2" }]
      proxy = {
        upstreams = [
          { destination_type = "prepared_query", destination_name = "sanctions", local_bind_port = 9200 },
        ]
      }
    }
  }
}
