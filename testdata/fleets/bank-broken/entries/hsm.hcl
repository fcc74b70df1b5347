Kind           = "service-resolver",
Name           = "hsm",
ConnectTimeout = "2s",

Failover = {
  "*" = {
    Targets = [
      { Datacenter = "east" },
      { Service = "hsm-reserve", Datacenter = "west" },
    ],
  },
},
