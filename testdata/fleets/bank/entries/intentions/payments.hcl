Kind = "service-intentions",
Name = "payments",

Sources = [{ Name = "edge", Action = "allow" }],
