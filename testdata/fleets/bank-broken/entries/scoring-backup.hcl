Kind = "service-resolver",
Name = "scoring-backup",
# The partner scores for us when we cannot.

Failover = { "*" = { Targets = [{ Service = "risk-scoring", Peer = "partner" }] } },
