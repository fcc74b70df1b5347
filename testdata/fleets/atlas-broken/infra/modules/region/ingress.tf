locals {
  # Ports of the load balancer, and of the gateway's pods. The status port is what health checks ask.
  ports = {
    https  = { outside = 443, inside = 443 }
    status = { outside = 15021, inside = 15021 }
  }
}

# Customers' way in. Its load balancer is Terraform's, so that records can name it before anything runs.
resource "helm_release" "ingress" {
  name       = "istio-ingress"
  namespace  = kubernetes_namespace_v1.injected["istio-ingress"].metadata[0].name
  repository = local.charts
  chart      = "gateway"
  version    = var.istio_version
  atomic     = true

  values = [yamlencode({
    replicaCount = 3
    labels       = { istio = "ingress" }
    service      = { type = "ClusterIP" }
    autoscaling  = { enabled = true, minReplicas = 3, maxReplicas = 12 }
    podDisruptionBudget = {
      maxUnavailable = 1
    }
    topologySpreadConstraints = [{
      maxSkew           = 1
      topologyKey       = "topology.kubernetes.io/zone"
      whenUnsatisfiable = "DoNotSchedule"
      labelSelector     = { matchLabels = { istio = "ingress" } }
    }]
  })]

  depends_on = [helm_release.istiod]
}

resource "aws_security_group" "ingress" {
  name_prefix = "atlas-${var.name}-ingress-"
  vpc_id      = var.vpc_id

  dynamic "ingress" {
    for_each = local.ports

    content {
      from_port   = ingress.value.outside
      to_port     = ingress.value.outside
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb" "ingress" {
  name_prefix                      = "${var.name}-"
  load_balancer_type               = "network"
  internal                         = false
  subnets                          = var.public_subnet_ids
  security_groups                  = [aws_security_group.ingress.id]
  enable_cross_zone_load_balancing = true
  enable_deletion_protection       = true

  access_logs {
    bucket  = aws_s3_bucket.logs.id
    prefix  = "ingress"
    enabled = true
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_target_group" "ingress" {
  for_each = local.ports

  name_prefix          = substr("${each.key}-", 0, 6)
  vpc_id               = var.vpc_id
  target_type          = "ip"
  protocol             = "TCP"
  port                 = each.value.inside
  deregistration_delay = 60

  health_check {
    protocol            = "HTTP"
    port                = "15021"
    path                = "/healthz/ready"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener" "ingress" {
  for_each = local.ports

  load_balancer_arn = aws_lb.ingress.arn
  port              = each.value.outside
  protocol          = "TCP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.ingress[each.key].arn
  }
}

# The controller puts the pods of the gateway into the target groups.
resource "kubectl_manifest" "ingress_targets" {
  for_each = local.ports

  yaml_body = <<-YAML
    apiVersion: elbv2.k8s.aws/v1beta1
    kind: TargetGroupBinding
    metadata:
      name: istio-ingress-${each.key}
      namespace: istio-ingress
    spec:
      serviceRef:
        name: ${helm_release.ingress.name}
        port: ${each.value.inside}
      targetGroupARN: ${aws_lb_target_group.ingress[each.key].arn}
      targetType: ip
      vpcID: ${var.vpc_id}
  YAML

  depends_on = [helm_release.load_balancer_controller]
}

resource "helm_release" "load_balancer_controller" {
  name       = "aws-load-balancer-controller"
  namespace  = "kube-system"
  repository = "https://aws.github.io/eks-charts"
  chart      = "aws-load-balancer-controller"
  version    = "1.14.1"
  atomic     = true

  set = [
    { name = "clusterName", value = aws_eks_cluster.this.name },
    { name = "region", value = data.aws_region.current.region },
    { name = "vpcId", value = var.vpc_id },
    { name = "replicaCount", value = "2" },
  ]
}

resource "kubectl_manifest" "ingress_gateway" {
  yaml_body = yamlencode({
    apiVersion = "networking.istio.io/v1"
    kind       = "Gateway"
    metadata = {
      name      = "public"
      namespace = "istio-ingress"
    }
    spec = {
      selector = { istio = "ingress" }
      servers = [{
        port  = { number = 443, name = "https", protocol = "HTTPS" }
        tls   = { mode = "SIMPLE", credentialName = var.certificate }
        hosts = var.hosts
      }]
    }
  })

  depends_on = [helm_release.base]
}

# What the load balancer writes about who came. Nothing needs it to go on.
resource "aws_s3_bucket" "logs" {
  bucket_prefix = "atlas-${var.name}-logs-"
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    expiration {
      days = 90
    }
  }
}
