Kind = "service-intentions",
Name = "hsm-reserve",

Sources = [{ Name = "pos", Action = "allow" }],
