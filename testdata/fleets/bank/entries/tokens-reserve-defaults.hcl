Kind                  = "service-defaults",
Name                  = "tokens-reserve",
Protocol              = "http",
MaxInboundConnections = 2000,
