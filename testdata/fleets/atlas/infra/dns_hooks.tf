# Card networks call back here.
resource "aws_route53_record" "hooks_east" {
  zone_id        = aws_route53_zone.public.zone_id
  name           = "hooks.${var.domain}"
  type           = "A"
  set_identifier = "hooks-east"

  failover_routing_policy {
    type = "PRIMARY"
  }

  alias {
    name                   = module.east.ingress_dns_name
    zone_id                = module.east.ingress_zone_id
    evaluate_target_health = true
  }
}

resource "aws_route53_record" "hooks_west" {
  zone_id        = aws_route53_zone.public.zone_id
  name           = "hooks.${var.domain}"
  type           = "A"
  set_identifier = "hooks-west"

  failover_routing_policy {
    type = "SECONDARY"
  }

  alias {
    name                   = module.west.ingress_dns_name
    zone_id                = module.west.ingress_zone_id
    evaluate_target_health = true
  }
}
