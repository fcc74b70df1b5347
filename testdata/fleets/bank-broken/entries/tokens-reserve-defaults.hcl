Kind                  = "service-defaults",
Name                  = "tokens-reserve",
MaxInboundConnections = 2000,
