Kind = "service-intentions",
Name = "tokens-reserve",

Sources = [{ Name = "pos", Action = "allow" }],
