# Four machines, two in each zone. Their sidecars have the two checks that come by default: the listener, and the application.
service {
  id      = "baggage-1"
  name    = "baggage"
  address = "10.80.12.11"
  port    = 8080
  locality {
    region = "eu-central-1"
    zone   = "fra-1"
  }
  check {
    name     = "health"
    http     = "http://10.80.12.11:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
    }
  }
}
service {
  id      = "baggage-2"
  name    = "baggage"
  address = "10.80.12.12"
  port    = 8080
  locality {
    region = "eu-central-1"
    zone   = "fra-1"
  }
  check {
    name     = "health"
    http     = "http://10.80.12.12:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
    }
  }
}
service {
  id      = "baggage-3"
  name    = "baggage"
  address = "10.80.12.13"
  port    = 8080
  locality {
    region = "eu-central-1"
    zone   = "fra-2"
  }
  check {
    name     = "health"
    http     = "http://10.80.12.13:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
    }
  }
}
service {
  id      = "baggage-4"
  name    = "baggage"
  address = "10.80.12.14"
  port    = 8080
  locality {
    region = "eu-central-1"
    zone   = "fra-2"
  }
  check {
    name     = "health"
    http     = "http://10.80.12.14:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
    }
  }
}
