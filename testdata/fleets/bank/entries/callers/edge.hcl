Kind     = "service-defaults",
Name     = "edge",
Protocol = "http",

UpstreamConfig = {
  Overrides = [
    {
      Name = "payments",
      PassiveHealthCheck = { Interval = "10s", MaxFailures = 3, MaxEjectionPercent = 100, BaseEjectionTime = "30s" },
    },
    {
      Name = "accounts",
      PassiveHealthCheck = { Interval = "10s", MaxFailures = 5, MaxEjectionPercent = 100, BaseEjectionTime = "30s" },
    },
    # auth answers 503 on purpose to slow down who guesses passwords. Its health checks alone decide.
    {
      Name   = "auth",
      Limits = { MaxConnections = 512, MaxPendingRequests = 256 },
    },
  ]
}
