Kind = "service-intentions",
Name = "auth",

Sources = [{ Name = "edge", Action = "allow" }],
