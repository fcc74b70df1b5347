Kind           = "service-resolver",
Name           = "accounts",
# Green is live. To go back, set DefaultSubset to blue.
ConnectTimeout = "2s",
RequestTimeout = "4s",
DefaultSubset  = "green",

Subsets = {
  blue  = { Filter = "Service.Meta.colour == blue", OnlyPassing = true },
  green = { Filter = "Service.Meta.colour == green", OnlyPassing = true },
},

Failover = {
  "*" = { Datacenters = ["east"] },
},
