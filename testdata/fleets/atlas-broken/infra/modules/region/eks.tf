data "aws_region" "current" {}

data "aws_iam_policy_document" "assume" {
  for_each = { cluster = "eks.amazonaws.com", nodes = "ec2.amazonaws.com" }

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [each.value]
    }
  }
}

resource "aws_iam_role" "this" {
  for_each           = data.aws_iam_policy_document.assume
  name_prefix        = "atlas-${var.name}-${each.key}-"
  assume_role_policy = each.value.json
}

resource "aws_iam_role_policy_attachment" "cluster" {
  role       = aws_iam_role.this["cluster"].name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
}

resource "aws_iam_role_policy_attachment" "nodes" {
  for_each   = toset(["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly"])
  role       = aws_iam_role.this["nodes"].name
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}

resource "aws_eks_cluster" "this" {
  name                = var.name
  version             = var.kubernetes_version
  role_arn            = aws_iam_role.this["cluster"].arn
  deletion_protection = true

  access_config {
    authentication_mode = "API"
  }

  vpc_config {
    subnet_ids              = var.private_subnet_ids
    endpoint_private_access = true
    endpoint_public_access  = true
  }

  zonal_shift_config {
    enabled = true
  }

  depends_on = [aws_iam_role_policy_attachment.cluster]
}

# What AWS adds to the cluster by itself: the group that its nodes are in.
data "aws_eks_cluster" "this" {
  name = aws_eks_cluster.this.name
}

# One group for each zone, so that the autoscaler can grow each of them.
resource "aws_eks_node_group" "this" {
  count           = length(var.zones)
  cluster_name    = aws_eks_cluster.this.name
  node_group_name = "${var.name}-${var.zones[count.index]}"
  node_role_arn   = aws_iam_role.this["nodes"].arn
  subnet_ids      = [var.private_subnet_ids[count.index]]
  instance_types  = ["m7i.2xlarge"]

  scaling_config {
    min_size     = 3
    desired_size = 4
    max_size     = 12
  }

  update_config {
    max_unavailable_percentage = 25
  }

  # The autoscaler's.
  lifecycle {
    ignore_changes = [scaling_config[0].desired_size]
  }

  depends_on = [aws_iam_role_policy_attachment.nodes]
}
