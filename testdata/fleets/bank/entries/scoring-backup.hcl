Kind = "service-resolver",
Name = "scoring-backup",
# The partner scores for us when we cannot.

Redirect = { Service = "risk-scoring", Peer = "partner" },
