resource "aws_route53_zone" "public" {
  name    = var.domain
  comment = "Terraform: infra"
}

locals {
  ingress = {
    east = { name = module.east.ingress_dns_name, zone_id = module.east.ingress_zone_id }
    west = { name = module.west.ingress_dns_name, zone_id = module.west.ingress_zone_id }
  }

  partners = {
    east = module.east.partners_hostname
    west = module.west.partners_hostname
  }
}

# Each side is asked at its own load balancer, by the status port of the gateway.
resource "aws_route53_health_check" "api" {
  for_each = local.ingress

  type              = "HTTP"
  fqdn              = each.value.name
  port              = 15021
  resource_path     = "/healthz/ready"
  request_interval  = 10
  failure_threshold = 3

  tags = {
    Name = "api ${each.key}"
  }
}

resource "aws_route53_record" "api" {
  for_each = local.sides

  zone_id         = aws_route53_zone.public.zone_id
  name            = "api.${var.domain}"
  type            = "A"
  set_identifier  = each.key
  health_check_id = aws_route53_health_check.api["east"].id

  failover_routing_policy {
    type = each.value.role
  }

  alias {
    name                   = local.ingress[each.key].name
    zone_id                = local.ingress[each.key].zone_id
    evaluate_target_health = true
  }
}
