Kind = "service-intentions",
Name = "fraud",

Sources = [{ Name = "switch", Action = "allow" }],
