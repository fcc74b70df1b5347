Kind           = "service-resolver",
Name           = "fraud",
ConnectTimeout = "1s",
RequestTimeout = "2s",

Failover {
  "*" {
    Targets = [
      { Service = "fraud-screening", Peer = "partner" }
    ]
  }
}
