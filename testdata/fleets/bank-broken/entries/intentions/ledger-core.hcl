Kind = "service-intentions",
Name = "ledger-core",

Sources = [{ Name = "batch", Action = "allow" }],
