Kind           = "service-resolver",
Name           = "scoring",
ConnectTimeout = "2s",
RequestTimeout = "8s",

Failover {
  "*" {
    Targets = [
      { Datacenter = "east" },
      { Service = "scoring-backup" }
    ]
  }
}
