package infrastructure

import "testing"

const places = `
provider "aws" { region = "us-east-1" }
resource "aws_subnet" "s" {
  count             = 2
  availability_zone = "us-east-1${["a", "b"][count.index]}"
}
`

func TestBalancers(t *testing.T) {
	for _, c := range []struct{ name, module, want string }{
		{"application and network load balancers, with the defaults of the provider", `
resource "aws_lb" "app" {
  name    = "app"
  subnets = aws_subnet.s[*].id
}
resource "aws_lb" "net" {
  load_balancer_type = "network"
  dynamic "subnet_mapping" {
    for_each = aws_subnet.s
    content { subnet_id = subnet_mapping.value.id }
  }
}`, `
aws_lb.app is application load balancer named=app in=us-east-1 zones=us-east-1a,us-east-1b spills=true protected=false checks=?its target groups are not in the inputs
aws_lb.net is network load balancer in=us-east-1 zones=us-east-1a,us-east-1b spills=false protected=false checks=?its target groups are not in the inputs`},

		{"target groups tell the checks, and whether requests leave their zone", `
resource "aws_alb" "net" {
  load_balancer_type               = "network"
  enable_cross_zone_load_balancing = true
  enable_deletion_protection       = true
  subnets                          = [aws_subnet.s[0].id]
}
resource "aws_lb_target_group" "tcp" {
  protocol                          = "TCP"
  load_balancing_cross_zone_enabled = "false"
}
resource "aws_lb_target_group" "slow" {
  protocol = "HTTP"
  health_check { interval = 60 }
}
resource "aws_lb_listener" "l" {
  load_balancer_arn = aws_alb.net.arn
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.tcp.arn
  }
}
resource "aws_lb_listener_rule" "r" {
  listener_arn = aws_lb_listener.l.arn
  action {
    type = "forward"
    forward {
      target_group {
        arn    = aws_lb_target_group.slow.arn
        weight = 10
      }
    }
  }
}`, `
aws_alb.net is network load balancer in=us-east-1 zones=us-east-1a spills=false protected=true checks=http 3x1m0s+6s`},

		{"nothing takes a target out", `
resource "aws_lb" "a" {}
resource "aws_lb_target_group" "g" {
  health_check { enabled = false }
}
resource "aws_lb_listener" "l" {
  load_balancer_arn = aws_lb.a.arn
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.g.arn
  }
}`, `
aws_lb.a is application load balancer in=us-east-1 spills=true protected=false`},

		{"the nodes of a cluster", `
resource "aws_eks_cluster" "pay" { name = "pay-east" }
resource "aws_eks_node_group" "n" { cluster_name = aws_eks_cluster.pay.name }
resource "aws_lb" "a" { load_balancer_type = "network" }
resource "aws_lb_target_group" "g" { protocol = "TCP" }
resource "aws_lb_listener" "l" {
  load_balancer_arn = aws_lb.a.arn
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.g.arn
  }
}
resource "aws_autoscaling_attachment" "a" {
  autoscaling_group_name = aws_eks_node_group.n.resources[0].autoscaling_groups[0].name
  lb_target_group_arn    = aws_lb_target_group.g.arn
}
resource "aws_autoscaling_group" "self" {
  load_balancers = [aws_elb.classic.name]
  tag {
    key                 = "kubernetes.io/cluster/self-made"
    value               = "owned"
    propagate_at_launch = true
  }
}
resource "aws_elb" "classic" {
  availability_zones = ["us-east-1b", "us-east-1a"]
  health_check {
    target              = "HTTP:80/"
    interval            = 10
    timeout             = 4
    healthy_threshold   = 2
    unhealthy_threshold = 4
  }
}`, `
aws_elb.classic is classic load balancer in=us-east-1 zones=us-east-1a,us-east-1b spills=true cluster=self-made checks=http 4x10s+4s
aws_lb.a is network load balancer in=us-east-1 spills=false cluster=pay-east behind=prod/aws_eks_cluster.pay protected=false checks=tcp 3x30s+10s`},

		{"a network load balancer in front of one that a controller made", `
data "aws_lb" "inner" { tags = { "elbv2.k8s.aws/cluster" = "pay-east" } }
resource "aws_lb" "outer" { load_balancer_type = "network" }
resource "aws_lb_target_group" "g" {
  target_type = "alb"
  protocol    = "TCP"
  health_check { protocol = "HTTPS" }
}
resource "aws_lb_target_group_attachment" "a" {
  target_group_arn = aws_lb_target_group.g.arn
  target_id        = data.aws_lb.inner.arn
}
resource "aws_lb_listener" "l" {
  load_balancer_arn = aws_lb.outer.arn
  default_action {
    type = "forward"
    forward {
      target_group { arn = aws_lb_target_group.g.arn }
    }
  }
}`, `
aws_lb.outer is network load balancer in=us-east-1 spills=false cluster=pay-east protected=false checks=http 3x30s+10s
data.aws_lb.inner is load balancer in=us-east-1 spills=?the type of load balancer is not known: data source: data.aws_lb.inner cluster=pay-east protected=?data source: data.aws_lb.inner checks=?its target groups are not in the inputs`},

		{"target groups in two clusters lead to no one of them", `
resource "aws_lb" "a" {}
resource "aws_lb_target_group" "g" { protocol = "HTTP" }
resource "aws_lb_listener" "l" {
  load_balancer_arn = aws_lb.a.arn
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.g.arn
  }
}
resource "aws_eks_node_group" "n" {
  for_each     = toset(["blue", "green"])
  cluster_name = each.key
}
resource "aws_autoscaling_attachment" "n" {
  for_each               = toset(["blue", "green"])
  autoscaling_group_name = aws_eks_node_group.n[each.key].resources[0].autoscaling_groups[0].name
  lb_target_group_arn    = aws_lb_target_group.g.arn
}`, `
aws_lb.a is application load balancer in=us-east-1 spills=true protected=false checks=http 3x30s+6s`},

		{"a load balancer that a controller of Kubernetes makes is known by its tags", `
data "aws_lb" "pay" {
  tags = {
    "kubernetes.io/cluster/pay-east" = "owned"
    "kubernetes.io/service-name"     = "pay/checkout"
  }
}`, `
data.aws_lb.pay is load balancer in=us-east-1 spills=?the type of load balancer is not known: data source: data.aws_lb.pay cluster=pay-east serves=pay/checkout protected=?data source: data.aws_lb.pay checks=?its target groups are not in the inputs`},

		{"what is not known stays so", `
variable "kind" {}
variable "zone" {}
variable "guard" {}
variable "arn" {}
resource "aws_subnet" "x" { availability_zone = var.zone }
resource "aws_lb" "a" {
  region                     = var.zone
  load_balancer_type         = var.kind
  subnets                    = [aws_subnet.s[0].id, aws_subnet.x.id]
  enable_deletion_protection = var.guard
}
resource "aws_lb_listener" "l" {
  load_balancer_arn = var.arn
  default_action {
    type             = "forward"
    target_group_arn = var.arn
  }
}`, `
aws_lb.a is load balancer in=?the region of its provider is not known spills=?the type of load balancer is not known: variable kind has no value protected=?variable guard has no value checks=?a listener may be one of it: aws_lb_listener.l`},
	} {
		t.Run(c.name, func(t *testing.T) { compare(t, balancers(build(t, places+c.module)), c.want) })
	}
}

func TestClusters(t *testing.T) {
	compare(t, clusters(build(t, places+`
variable "subnets" {}
resource "aws_eks_cluster" "pay" {
  name = "pay-east"
  vpc_config { subnet_ids = aws_subnet.s[*].id }
}
resource "aws_eks_node_group" "n" {
  cluster_name = aws_eks_cluster.pay.name
  subnet_ids   = [aws_subnet.s[1].id]
}
resource "aws_eks_cluster" "bare" {
  name = "bare"
  vpc_config { subnet_ids = [for s in aws_subnet.s : s.id] }
}
data "aws_eks_cluster" "there" {
  region = "eu-west-1"
  name   = "there"
}
resource "aws_eks_cluster" "open" {
  name = "open"
  vpc_config { subnet_ids = aws_subnet.s[*].id }
}
resource "aws_eks_node_group" "o" {
  cluster_name = aws_eks_cluster.open.name
  subnet_ids   = var.subnets
}`)), `
aws_eks_cluster.bare bare in us-east-1 us-east-1a,us-east-1b
aws_eks_cluster.open open in us-east-1
aws_eks_cluster.pay pay-east in us-east-1 us-east-1b
data.aws_eks_cluster.there there in eu-west-1`)
}

// A record that leads to a Service of Kubernetes has a balancer whose cluster is the provider's.
func TestRecordLeadsToAService(t *testing.T) {
	out := build(t, `
data "aws_route53_zone" "z" { name = "example.com" }
provider "kubernetes" {
  alias = "east"
  host  = "https://east"
}
resource "kubernetes_service_v1" "gw" {
  provider = kubernetes.east
  metadata {
    name      = "gateway"
    namespace = "istio-system"
  }
}
resource "aws_route53_record" "r" {
  zone_id = data.aws_route53_zone.z.zone_id
  name    = "pay"
  type    = "CNAME"
  ttl     = 60
  records = [kubernetes_service_v1.gw.status[0].load_balancer[0].ingress[0].hostname]
}`)
	compare(t, records(out)+balancers(out), `
pay.example.com in example.com: single ttl=1m0s
  0 aws_route53_record.r -> kubernetes_service_v1.gw in=?it is that of its cluster check -
kubernetes_service_v1.gw is Service of type LoadBalancer in=?it is that of its cluster behind=kubernetes.east serves=istio-system/gateway checks=?whoever serves it decides`)
}
