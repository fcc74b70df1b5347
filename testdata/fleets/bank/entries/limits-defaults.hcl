Kind     = "service-defaults",
Name     = "limits",
Protocol = "grpc",
