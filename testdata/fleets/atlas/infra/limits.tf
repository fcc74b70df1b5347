# How much a merchant may take in a day. It is counted in one place, so everybody asks east while it lives.
module "limits_east" {
  source = "./modules/app"

  providers = {
    kubectl    = kubectl.east
    kubernetes = kubernetes.east
  }

  name         = "limits"
  namespace    = "payments"
  image        = var.images["limits"]
  scale        = var.scale["limits"]
  callers      = ["payments/clearing"]
  trust_domain = local.mesh.trust_domain
  prefer       = "east"
  timeout      = "6s"

  depends_on = [module.east]
}

module "limits_west" {
  source = "./modules/app"

  providers = {
    kubectl    = kubectl.west
    kubernetes = kubernetes.west
  }

  name         = "limits"
  namespace    = "payments"
  image        = var.images["limits"]
  scale        = var.scale["limits"]
  callers      = ["payments/clearing"]
  trust_domain = local.mesh.trust_domain
  prefer       = "east"
  timeout      = "6s"

  depends_on = [module.west]
}
