Kind = "service-intentions",
Name = "card-auth",

Sources = [{ Name = "pos", Action = "allow" }],
