Kind           = "service-resolver",
Name           = "tokens",
ConnectTimeout = "2s",
RequestTimeout = "3s",

Failover = {
  "*" = { Service = "tokens-reserve", Datacenters = ["east"] },
},
