terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
variable "name" {}
resource "aws_lb" "edge" {
  name               = "pay-${var.name}"
  load_balancer_type = "network"

  enable_deletion_protection       = true
  enable_cross_zone_load_balancing = true
}
resource "aws_lb_target_group" "edge" {
  name                              = "pay-${var.name}"
  port                              = 443
  protocol                          = "TCP"
  target_type                       = "ip"
  load_balancing_cross_zone_enabled = "use_load_balancer_configuration"
  health_check {
    enabled             = true
    protocol            = "HTTPS"
    path                = "/healthz/ready"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}
resource "aws_lb_listener" "edge" {
  load_balancer_arn = aws_lb.edge.arn
  port              = 443
  protocol          = "TCP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.edge.arn
  }
}
output "host" { value = aws_lb.edge.dns_name }
