Kind           = "service-resolver",
Name           = "disputes",
ConnectTimeout = "2s",
RequestTimeout = "10s",

Failover = {
  "*" = { Datacenters = ["west", "esat"] },
},
