Kind = "service-intentions",
Name = "limits-replica",

Sources = [{ Name = "pos", Action = "allow" }],
