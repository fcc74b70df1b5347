provider "aws" {
  region = var.region
}

resource "aws_subnet" "nodes" {
  for_each          = toset(var.zones)
  availability_zone = each.value
  vpc_id            = "vpc-1"
}

resource "aws_eks_cluster" "this" {
  name     = var.environment
  role_arn = "arn:aws:iam::111122223333:role/eks"
  vpc_config {
    subnet_ids = [for s in aws_subnet.nodes : s.id]
  }
}
