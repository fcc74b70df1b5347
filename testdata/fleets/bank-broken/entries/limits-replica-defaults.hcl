Kind     = "service-defaults",
Name     = "limits-replica",
Protocol = "grpc",
