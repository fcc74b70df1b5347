module "orders_east" {
  source = "./modules/app"

  providers = {
    kubectl    = kubectl.east
    kubernetes = kubernetes.east
  }

  name         = "orders"
  namespace    = "orders"
  image        = var.images["orders"]
  scale        = var.scale["orders"]
  callers      = ["edge/api"]
  trust_domain = local.mesh.trust_domain
  timeout      = "6s"

  environment = {
    KEYS_TABLE = aws_dynamodb_table.idempotency.name
    RECEIPTS   = aws_s3_bucket.receipts_east.bucket
  }

  depends_on = [module.east]
}

module "orders_west" {
  source = "./modules/app"

  providers = {
    kubectl    = kubectl.west
    kubernetes = kubernetes.west
  }

  name         = "orders"
  namespace    = "orders"
  image        = var.images["orders"]
  scale        = var.scale["orders"]
  callers      = ["edge/api"]
  trust_domain = local.mesh.trust_domain
  timeout      = "6s"

  environment = {
    KEYS_TABLE = aws_dynamodb_table.idempotency.name
    RECEIPTS   = aws_s3_bucket.receipts_west.bucket
  }

  depends_on = [module.west]
}
