Kind           = "service-resolver",
Name           = "ledger-core",
ConnectTimeout = "2s",
RequestTimeout = "5s",

Failover = {
  "*" = { Datacenters = ["east", "west"] },
},
