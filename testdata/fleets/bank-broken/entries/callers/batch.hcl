Kind     = "service-defaults",
Name     = "batch",
Protocol = "http",

UpstreamConfig = {
  Overrides = [
    {
      Name   = "ledger",
      Limits = { MaxConnections = 64 },
    },
    {
      Name = "settlement",
      PassiveHealthCheck = { Interval = "10s", MaxFailures = 2, MaxEjectionPercent = 100, BaseEjectionTime = "30s" },
    },
  ]
}
