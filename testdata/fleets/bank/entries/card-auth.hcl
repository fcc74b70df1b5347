Kind           = "service-resolver",
Name           = "card-auth",
ConnectTimeout = "1s",
RequestTimeout = "3s",
DefaultSubset  = "v1",

Subsets = {
  v1 = { Filter = "Service.Meta.version == v1" },
  v2 = { Filter = "Service.Meta.version == v2" },
},

Failover = {
  "*" = { Datacenters = ["east", "west"] },
},
