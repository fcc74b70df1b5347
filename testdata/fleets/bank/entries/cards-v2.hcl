Kind = "service-resolver",
Name = "cards-v2",

Redirect = { Service = "card-auth", ServiceSubset = "v2", Datacenter = "east" },
