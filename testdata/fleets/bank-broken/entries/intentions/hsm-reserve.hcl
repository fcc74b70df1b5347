Kind = "service-intentions",
Name = "hsm-reserve",

Sources = [{ Name = "batch", Action = "allow" }],
