Kind     = "service-defaults",
Name     = "hsm",
Protocol = "tcp",
