Kind                  = "service-defaults",
Name                  = "ledger-core",
Protocol              = "http",
LocalRequestTimeoutMs = 4500,

UpstreamConfig = {
  Defaults = {
    PassiveHealthCheck = { Interval = "10s", MaxFailures = 3, MaxEjectionPercent = 100, BaseEjectionTime = "30s" },
  },
},
