Kind     = "service-defaults",
Name     = "batch",
Protocol = "http",

UpstreamConfig = {
  Overrides = [
    {
      Name = "ledger",
      PassiveHealthCheck = { Interval = "10s", MaxFailures = 3, MaxEjectionPercent = 100, BaseEjectionTime = "30s" },
    },
    {
      Name = "settlement",
      PassiveHealthCheck = { Interval = "10s", MaxFailures = 2, MaxEjectionPercent = 100, BaseEjectionTime = "30s" },
    },
  ]
}
