# Shops send their customers here. The checks alone decide: they speak TLS as a customer does, so each side has a name of its own.
resource "aws_route53_record" "pay_side" {
  for_each = local.ingress

  zone_id = aws_route53_zone.public.zone_id
  name    = "${each.key}.pay.${var.domain}"
  type    = "A"

  alias {
    name                   = each.value.name
    zone_id                = each.value.zone_id
    evaluate_target_health = false
  }
}

resource "aws_route53_health_check" "pay_east" {
  type              = "HTTPS"
  fqdn              = "pay.${var.domain}"
  port              = 443
  resource_path     = "/healthz"
  request_interval  = 10
  failure_threshold = 3
}

resource "aws_route53_health_check" "pay_west" {
  type              = "HTTPS"
  fqdn              = aws_route53_record.pay_side["west"].fqdn
  port              = 443
  resource_path     = "/healthz"
  request_interval  = 10
  failure_threshold = 3
}

resource "aws_route53_record" "pay_east" {
  zone_id         = aws_route53_zone.public.zone_id
  name            = "pay.${var.domain}"
  type            = "A"
  set_identifier  = "east"
  health_check_id = aws_route53_health_check.pay_east.id

  failover_routing_policy {
    type = "PRIMARY"
  }

  alias {
    name                   = module.east.ingress_dns_name
    zone_id                = module.east.ingress_zone_id
    evaluate_target_health = false
  }
}

resource "aws_route53_record" "pay_west" {
  zone_id         = aws_route53_zone.public.zone_id
  name            = "pay.${var.domain}"
  type            = "A"
  set_identifier  = "west"
  health_check_id = aws_route53_health_check.pay_west.id

  failover_routing_policy {
    type = "SECONDARY"
  }

  alias {
    name                   = module.west.ingress_dns_name
    zone_id                = module.west.ingress_zone_id
    evaluate_target_health = false
  }
}
