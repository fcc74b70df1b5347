Kind     = "service-defaults",
Name     = "pos",
Protocol = "http",

UpstreamConfig = {
  Overrides = [
    {
      Name = "cards",
      PassiveHealthCheck = { Interval = "10s", MaxFailures = 3, MaxEjectionPercent = 100, BaseEjectionTime = "30s" },
    },
    {
      Name = "hsm",
      PassiveHealthCheck = { Interval = "10s", MaxFailures = 2, MaxEjectionPercent = 100, BaseEjectionTime = "30s" },
    },
    {
      Name = "tokens",
      PassiveHealthCheck = { Interval = "10s", MaxFailures = 4, MaxEjectionPercent = 100, BaseEjectionTime = "30s" },
    },
    {
      Name = "limits",
      PassiveHealthCheck = { Interval = "5s", MaxFailures = 3, MaxEjectionPercent = 100, BaseEjectionTime = "60s" },
    },
  ]
}
