locals {
  tags = {
    system      = "atlas"
    environment = "prod"
    terraform   = "infra"
  }

  # The two sides. The keys are the names of the clusters.
  sides = {
    east = {
      region  = "us-east-1"
      zones   = ["us-east-1a", "us-east-1b", "us-east-1c"]
      network = "east-net"
      cidr    = "10.10.0.0/16"
      role    = "PRIMARY"
    }
    west = {
      region  = "us-west-2"
      zones   = ["us-west-2a", "us-west-2b", "us-west-2c"]
      network = "west-net"
      cidr    = "10.20.0.0/16"
      role    = "SECONDARY"
    }
  }

  mesh = {
    id           = "atlas"
    trust_domain = "cluster.local"
    namespaces   = ["edge", "orders", "payments", "catalog"]
  }

  # What the gateways answer for. The last one is what the checks of pay ask.
  public_hosts = [for name in ["api", "console", "hooks", "partners", "pay", "status", "*.pay"] : "${name}.${var.domain}"]
}
