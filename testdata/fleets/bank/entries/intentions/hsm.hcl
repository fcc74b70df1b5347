Kind = "service-intentions",
Name = "hsm",

Sources = [{ Name = "pos", Action = "allow" }],
