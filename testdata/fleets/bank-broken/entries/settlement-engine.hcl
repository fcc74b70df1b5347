Kind           = "service-resolver",
Name           = "settlement-engine",
ConnectTimeout = "90s",
RequestTimeout = "4s",

Failover = {
  "*" = { Datacenters = ["east", "west"] },
},
