service {
  id      = "accounts-west-1"
  name    = "accounts"
  address = "10.2.13.11"
  port    = 8080
  meta = {
    colour = "green"
  }
  check {
    name     = "health"
    http     = "http://10.2.13.11:8080/health"
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
  id      = "accounts-west-2"
  name    = "accounts"
  address = "10.2.13.12"
  port    = 8080
  meta = {
    colour = "green"
  }
  check {
    name     = "health"
    http     = "http://10.2.13.12:8080/health"
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
  id      = "accounts-west-3"
  name    = "accounts"
  address = "10.2.13.13"
  port    = 8080
  meta = {
    colour = "blue"
  }
  check {
    name     = "health"
    http     = "http://10.2.13.13:8080/health"
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
  id      = "accounts-west-4"
  name    = "accounts"
  address = "10.2.13.14"
  port    = 8080
  meta = {
    colour = "blue"
  }
  check {
    name     = "health"
    http     = "http://10.2.13.14:8080/health"
    interval = "5s"
    timeout  = "2s"
  }
  connect {
    sidecar_service {
      port = 21000
    }
  }
}
