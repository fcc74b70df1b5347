account_id         = "111122223333"
domain             = "atlas.example"
kubernetes_version = "1.34"
istio_version      = "1.31.2"

images = {
  api      = "111122223333.dkr.ecr.us-east-1.amazonaws.com/atlas/api:7.12.0"
  catalog  = "111122223333.dkr.ecr.us-east-1.amazonaws.com/atlas/catalog:3.4.2"
  clearing = "111122223333.dkr.ecr.us-east-1.amazonaws.com/atlas/clearing:2.0.7"
  fraud    = "111122223333.dkr.ecr.us-east-1.amazonaws.com/atlas/fraud@sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
  ledger   = "111122223333.dkr.ecr.us-east-1.amazonaws.com/atlas/ledger:12.0.3"
  limits   = "111122223333.dkr.ecr.us-east-1.amazonaws.com/atlas/limits:1.15.0"
  orders   = "111122223333.dkr.ecr.us-east-1.amazonaws.com/atlas/orders:5.1.9"
  payments = "111122223333.dkr.ecr.us-east-1.amazonaws.com/atlas/payments:9.2.0"
}

scale = {
  api      = { min = 6, max = 24, cpu = "500m" }
  catalog  = { min = 6, max = 18 }
  fraud    = { min = 6, max = 18, cpu = "1" }
  limits   = { min = 6, max = 12 }
  orders   = { min = 6, max = 24 }
  payments = { min = 6, max = 24, cpu = "500m" }
}
