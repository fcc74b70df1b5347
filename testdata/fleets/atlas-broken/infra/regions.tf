module "east" {
  source = "./modules/region"

  providers = {
    aws        = aws.east
    helm       = helm.east
    kubectl    = kubectl.east
    kubernetes = kubernetes.east
  }

  name               = "east"
  zones              = local.sides.east.zones
  network            = local.sides.east.network
  vpc_id             = module.vpc_east.vpc_id
  private_subnet_ids = module.vpc_east.private_subnets
  public_subnet_ids  = module.vpc_east.public_subnets
  kubernetes_version = var.kubernetes_version
  istio_version      = var.istio_version
  mesh               = local.mesh
  hosts              = local.public_hosts
  certificate        = "atlas-example-tls"

  remote = {
    name     = module.west.cluster_name
    endpoint = module.west.cluster_endpoint
    ca       = module.west.cluster_ca
    token    = module.west.reader_token
  }
}

module "west" {
  source = "./modules/region"

  providers = {
    aws        = aws.west
    helm       = helm.west
    kubectl    = kubectl.west
    kubernetes = kubernetes.west
  }

  name               = "west"
  zones              = local.sides.west.zones
  network            = local.sides.west.network
  vpc_id             = module.vpc_west.vpc_id
  private_subnet_ids = module.vpc_west.private_subnets
  public_subnet_ids  = module.vpc_west.public_subnets
  kubernetes_version = var.kubernetes_version
  istio_version      = var.istio_version
  mesh               = local.mesh
  hosts              = local.public_hosts
  certificate        = "atlas-example-tls"

  remote = {
    name     = module.east.cluster_name
    endpoint = module.east.cluster_endpoint
    ca       = module.east.cluster_ca
    token    = module.east.reader_token
  }
}
