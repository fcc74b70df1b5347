services = [
  {
    id      = "sanctions-west-1",
    name    = "sanctions",
    address = "10.2.18.11",
    port    = 8080,
    check   = { name = "health", http = "http://10.2.18.11:8080/health", interval = "5s", timeout = "2s" },
    connect = { sidecar_service = { port = 21000 } },
  },
  {
    id      = "sanctions-west-2",
    name    = "sanctions",
    address = "10.2.18.12",
    port    = 8080,
    check   = { name = "health", http = "http://10.2.18.12:8080/health", interval = "5s", timeout = "2s" },
    connect = { sidecar_service = { port = 21000 } },
  },
]
