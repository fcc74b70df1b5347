Kind = "service-intentions",
Name = "settlement-engine",

Sources = [{ Name = "batch", Action = "allow" }],
