Kind = "service-resolver",
Name = "settlement",
# The engine of east settles; that of west waits.

Redirect {
  Service    = "settlement-engine",
  Datacenter = "east",
},
