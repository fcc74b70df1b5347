provider "aws" {
  region              = local.sides.east.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias               = "east"
  region              = local.sides.east.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias               = "west"
  region              = local.sides.west.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = local.tags
  }
}

# Where the state is kept.
provider "aws" {
  alias               = "state"
  region              = "us-east-2"
  allowed_account_ids = [var.account_id]
}

provider "kubernetes" {
  alias                  = "east"
  host                   = module.east.cluster_endpoint
  cluster_ca_certificate = base64decode(module.east.cluster_ca)

  exec {
    api_version = "client.authentication.k8s.io/v1"
    command     = "aws"
    args        = ["eks", "get-token", "--region", local.sides.east.region, "--cluster-name", module.east.cluster_name]
  }
}

provider "kubernetes" {
  alias                  = "west"
  host                   = module.west.cluster_endpoint
  cluster_ca_certificate = base64decode(module.west.cluster_ca)

  exec {
    api_version = "client.authentication.k8s.io/v1"
    command     = "aws"
    args        = ["eks", "get-token", "--region", local.sides.west.region, "--cluster-name", module.west.cluster_name]
  }
}

provider "helm" {
  alias = "east"

  kubernetes = {
    host                   = module.east.cluster_endpoint
    cluster_ca_certificate = base64decode(module.east.cluster_ca)

    exec = {
      api_version = "client.authentication.k8s.io/v1"
      command     = "aws"
      args        = ["eks", "get-token", "--region", local.sides.east.region, "--cluster-name", module.east.cluster_name]
    }
  }
}

provider "helm" {
  alias = "west"

  kubernetes = {
    host                   = module.west.cluster_endpoint
    cluster_ca_certificate = base64decode(module.west.cluster_ca)

    exec = {
      api_version = "client.authentication.k8s.io/v1"
      command     = "aws"
      args        = ["eks", "get-token", "--region", local.sides.west.region, "--cluster-name", module.west.cluster_name]
    }
  }
}

provider "kubectl" {
  alias                  = "east"
  host                   = module.east.cluster_endpoint
  cluster_ca_certificate = base64decode(module.east.cluster_ca)
  load_config_file       = false

  exec {
    api_version = "client.authentication.k8s.io/v1"
    command     = "aws"
    args        = ["eks", "get-token", "--region", local.sides.east.region, "--cluster-name", module.east.cluster_name]
  }
}

provider "kubectl" {
  alias                  = "west"
  host                   = module.west.cluster_endpoint
  cluster_ca_certificate = base64decode(module.west.cluster_ca)
  load_config_file       = false

  exec {
    api_version = "client.authentication.k8s.io/v1"
    command     = "aws"
    args        = ["eks", "get-token", "--region", local.sides.west.region, "--cluster-name", module.west.cluster_name]
  }
}
