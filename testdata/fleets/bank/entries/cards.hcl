Kind = "service-splitter",
Name = "cards",
# v2 is the canary. Both versions authorise in east, and in west when east is gone.

Splits = [
  { Weight = 90, Service = "cards-v1" },
  { Weight = 10, Service = "cards-v2" },
],
