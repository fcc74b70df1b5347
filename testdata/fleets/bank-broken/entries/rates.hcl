Kind           = "service-resolver",
Name           = "rates",
ConnectTimeout = "2s",
RequestTimeout = "3s",
DefaultSubset  = "live",

Subsets = {
  live    = { Filter = "Service.Meta.feed == live" },
  delayed = { Filter = "Service.Meta.feed == delayed" },
},

Failover = {
  live = {
    Targets = [
      { Peer = "partner" },
    ],
  },
},
