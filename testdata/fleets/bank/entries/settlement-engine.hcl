Kind           = "service-resolver",
Name           = "settlement-engine",
ConnectTimeout = "2s",
RequestTimeout = "4s",

Failover = {
  "*" = { Datacenters = ["east", "west"] },
},
