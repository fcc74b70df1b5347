terraform {
  required_version = "~> 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.19"
    }
    helm = {
      source  = "hashicorp/helm"
      version = "~> 3.0"
    }
    kubectl = {
      source  = "alekc/kubectl"
      version = "~> 2.1"
    }
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = "~> 2.38"
    }
  }

  # In neither of the regions that it describes: it is needed when one of them is lost.
  backend "s3" {
    bucket       = "atlas-terraform-state"
    key          = "prod/infra.tfstate"
    region       = "us-east-2"
    encrypt      = true
    use_lockfile = true
  }
}
