Kind = "service-resolver",
Name = "cards-v1",

Redirect = { Service = "card-auth", ServiceSubset = "v1", Datacenter = "east" },
