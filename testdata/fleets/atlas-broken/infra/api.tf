module "api_east" {
  source = "./modules/app"

  providers = {
    kubectl    = kubectl.east
    kubernetes = kubernetes.east
  }

  name         = "api"
  namespace    = "edge"
  image        = var.images["api"]
  scale        = var.scale["api"]
  callers      = ["istio-ingress/istio-ingress", "istio-ingress/istio-partners"]
  trust_domain = local.mesh.trust_domain
  timeout      = "10s"
  try_timeout  = "3s"
  public_hosts = local.public_hosts

  environment = {
    SESSIONS_TABLE  = aws_dynamodb_table.sessions.name
    SESSIONS_REGION = local.sides.east.region
  }

  depends_on = [module.east]
}

module "api_west" {
  source = "./modules/app"

  providers = {
    kubectl    = kubectl.west
    kubernetes = kubernetes.west
  }

  name         = "api"
  namespace    = "edge"
  image        = var.images["api"]
  scale        = var.scale["api"]
  callers      = ["istio-ingress/istio-ingress", "istio-ingress/istio-partners"]
  trust_domain = local.mesh.trust_domain
  timeout      = "10s"
  try_timeout  = "3s"
  public_hosts = local.public_hosts

  environment = {
    SESSIONS_TABLE  = aws_dynamodb_table.sessions.name
    SESSIONS_REGION = local.sides.west.region
  }

  depends_on = [module.west]
}
