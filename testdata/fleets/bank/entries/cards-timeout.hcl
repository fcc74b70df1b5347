Kind = "service-router",
Name = "cards",
# A timeout of a resolver does not bound requests that come through a splitter; that of a route does.

Routes = [
  {
    Destination { RequestTimeout = "3s", NumRetries = 1, RetryOnConnectFailure = true },
  },
],
