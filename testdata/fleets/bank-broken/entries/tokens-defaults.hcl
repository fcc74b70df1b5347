Kind                  = "service-defaults",
Name                  = "tokens",
Protocol              = "http",
MaxInboundConnections = 2000,
