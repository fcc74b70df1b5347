Kind = "service-resolver",
Name = "ledger",
# There is one writer, in east. Callers name ledger wherever they are; the failover is that of ledger-core.

Redirect = { Service = "ledger-core", Datacenter = "east" },
