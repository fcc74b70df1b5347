Kind = "exported-services",
Name = "default",

Services = [
  {
    Name      = "fraud-screening",
    Consumers = [{ Peer = "bank" }],
  },
  {
    Name      = "risk-scoring",
    Consumers = [
      { Peer = "bank" },
    ],
  },
  {
    Name      = "rates",
    Consumers = [
      { Peer = "bank" },
    ],
  },
],
