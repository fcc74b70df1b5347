module "payments_east" {
  source = "./modules/payments"

  providers = {
    kubectl    = kubectl.east
    kubernetes = kubernetes.east
  }

  image        = var.images["payments"]
  scale        = var.scale["payments"]
  trust_domain = local.mesh.trust_domain
  environment  = { KEYS_TABLE = aws_dynamodb_table.idempotency.name }

  depends_on = [module.east]
}

module "payments_west" {
  source = "./modules/payments"

  providers = {
    kubectl    = kubectl.west
    kubernetes = kubernetes.west
  }

  image        = var.images["payments"]
  scale        = var.scale["payments"]
  trust_domain = local.mesh.trust_domain
  environment  = { KEYS_TABLE = aws_dynamodb_table.idempotency.name }

  depends_on = [module.west]
}

module "fraud_east" {
  source = "./modules/fraud"

  providers = {
    kubectl    = kubectl.east
    kubernetes = kubernetes.east
  }

  image        = var.images["fraud"]
  scale        = var.scale["fraud"]
  trust_domain = local.mesh.trust_domain

  depends_on = [module.east]
}

module "fraud_west" {
  source = "./modules/fraud"

  providers = {
    kubectl    = kubectl.west
    kubernetes = kubernetes.west
  }

  image        = var.images["fraud"]
  scale        = var.scale["fraud"]
  trust_domain = local.mesh.trust_domain

  depends_on = [module.west]
}

module "ledger_east" {
  source = "./modules/ledger"

  providers = {
    kubectl    = kubectl.east
    kubernetes = kubernetes.east
  }

  active       = true
  image        = var.images["ledger"]
  trust_domain = local.mesh.trust_domain
  database     = aws_rds_cluster.ledger_east.endpoint
  password     = var.ledger_password
  worker       = var.images["clearing"]

  depends_on = [module.east]
}

module "ledger_west" {
  source = "./modules/ledger"

  providers = {
    kubectl    = kubectl.west
    kubernetes = kubernetes.west
  }

  active       = false
  image        = var.images["ledger"]
  trust_domain = local.mesh.trust_domain
  database     = aws_rds_cluster.ledger_west.reader_endpoint
  password     = var.ledger_password
  worker       = var.images["clearing"]

  depends_on = [module.west]
}
