Kind = "service-intentions",
Name = "limits",

Sources = [{ Name = "pos", Action = "allow" }],
