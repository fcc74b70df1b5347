service {
  id      = "backoffice-west-1"
  name    = "backoffice"
  address = "10.2.22.11"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.2.22.11:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      proxy = {
        upstreams = [
          { destination_name = "scoring", local_bind_port = 9200 },
          { destination_name = "rates", local_bind_port = 9201 },
          { destination_name = "disputes", local_bind_port = 9202 },
        ]
      }
    }
  }
}
service {
  id      = "backoffice-west-2"
  name    = "backoffice"
  address = "10.2.22.12"
  port    = 8080
  check {
    name     = "health"
    http     = "http://10.2.22.12:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
      proxy = {
        upstreams = [
          { destination_name = "scoring", local_bind_port = 9200 },
          { destination_name = "rates", local_bind_port = 9201 },
          { destination_name = "disputes", local_bind_port = 9202 },
        ]
      }
    }
  }
}
