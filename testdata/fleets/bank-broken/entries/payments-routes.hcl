Kind = "service-router",
Name = "payments",

Routes = [
  {
    # A quote may be asked for twice.
    Match { HTTP { PathPrefix = "/v1/quotes" } },
    Destination {
      RequestTimeout        = "2s",
      NumRetries            = 2,
      RetryOn               = ["connect-failure", "refused-stream", "reset"],
      RetryOnStatusCodes    = [503],
    },
  },
  {
    # A payment may not: it is tried again only if it never left.
    Destination {
      RequestTimeout        = "6s",
      NumRetries            = 1,
      RetryOnConnectFailure = true,
    },
  },
]
