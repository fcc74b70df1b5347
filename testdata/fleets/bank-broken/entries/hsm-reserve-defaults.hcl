Kind     = "service-defaults",
Name     = "hsm-reserve",
Protocol = "tcp",
