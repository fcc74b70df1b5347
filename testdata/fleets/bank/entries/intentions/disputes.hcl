Kind = "service-intentions",
Name = "disputes",

Sources = [{ Name = "backoffice", Action = "allow" }],
