# Four machines, two in each zone. Their sidecars have the two checks that come by default: the listener, and the application.
service {
  id      = "seatmap-1"
  name    = "seatmap"
  address = "10.80.11.11"
  port    = 8080
  meta = {
    stage = "live"
    rack  = "fra-1"
  }
  locality {
    region = "eu-central-1"
    zone   = "fra-1"
  }
  check {
    name     = "health"
    http     = "http://10.80.11.11:8080/health"
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
  id      = "seatmap-2"
  name    = "seatmap"
  address = "10.80.11.12"
  port    = 8080
  meta = {
    stage = "live"
    rack  = "fra-1"
  }
  locality {
    region = "eu-central-1"
    zone   = "fra-1"
  }
  check {
    name     = "health"
    http     = "http://10.80.11.12:8080/health"
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
  id      = "seatmap-3"
  name    = "seatmap"
  address = "10.80.11.13"
  port    = 8080
  meta = {
    stage = "live"
    rack  = "fra-2"
  }
  locality {
    region = "eu-central-1"
    zone   = "fra-2"
  }
  check {
    name     = "health"
    http     = "http://10.80.11.13:8080/health"
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
  id      = "seatmap-4"
  name    = "seatmap"
  address = "10.80.11.14"
  port    = 8080
  meta = {
    stage = "live"
    rack  = "fra-2"
  }
  locality {
    region = "eu-central-1"
    zone   = "fra-2"
  }
  check {
    name     = "health"
    http     = "http://10.80.11.14:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
    }
  }
}
