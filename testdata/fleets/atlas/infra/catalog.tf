module "catalog_east" {
  source = "./modules/app"

  providers = {
    kubectl    = kubectl.east
    kubernetes = kubernetes.east
  }

  name         = "catalog"
  namespace    = "catalog"
  image        = var.images["catalog"]
  scale        = var.scale["catalog"]
  callers      = ["edge/api", "orders/orders"]
  trust_domain = local.mesh.trust_domain
  timeout      = "3s"
  try_timeout  = "1s"

  depends_on = [module.east]
}

module "catalog_west" {
  source = "./modules/app"

  providers = {
    kubectl    = kubectl.west
    kubernetes = kubernetes.west
  }

  name         = "catalog"
  namespace    = "catalog"
  image        = var.images["catalog"]
  scale        = var.scale["catalog"]
  callers      = ["edge/api", "orders/orders"]
  trust_domain = local.mesh.trust_domain
  timeout      = "3s"
  try_timeout  = "1s"

  depends_on = [module.west]
}
