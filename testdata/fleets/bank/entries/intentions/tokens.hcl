Kind = "service-intentions",
Name = "tokens",

Sources = [{ Name = "pos", Action = "allow" }],
