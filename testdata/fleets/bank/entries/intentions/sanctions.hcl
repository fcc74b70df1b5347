Kind = "service-intentions",
Name = "sanctions",

Sources = [{ Name = "payments", Action = "allow" }],
