Kind           = "service-resolver",
Name           = "rates",
ConnectTimeout = "2s",
RequestTimeout = "3s",
DefaultSubset  = "live",

Subsets = {
  # Written as what it must not be: the gateways of a peer have no meta, and this holds for them, too.
  live    = { Filter = "Service.Meta.feed != delayed" },
  delayed = { Filter = "Service.Meta.feed == delayed" },
},

Failover = {
  live = {
    Targets = [
      { Peer = "partner" },
    ],
  },
},
