Kind                  = "service-defaults",
Name                  = "ledger-core",
Protocol              = "http",
LocalRequestTimeoutMs = 4500,
