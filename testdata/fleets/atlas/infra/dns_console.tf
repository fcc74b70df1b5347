# The back office. What the load balancers know of their targets is check enough for it.
resource "aws_route53_record" "console_east" {
  zone_id        = aws_route53_zone.public.zone_id
  name           = "console.${var.domain}"
  type           = "A"
  set_identifier = "console-primary"

  failover_routing_policy {
    type = "PRIMARY"
  }

  alias {
    name                   = module.east.ingress_dns_name
    zone_id                = module.east.ingress_zone_id
    evaluate_target_health = true
  }
}

# The last resort: whether it is healthy or not, there is nothing behind it.
resource "aws_route53_record" "console_west" {
  zone_id        = aws_route53_zone.public.zone_id
  name           = "console.${var.domain}"
  type           = "A"
  set_identifier = "console-secondary"

  failover_routing_policy {
    type = "SECONDARY"
  }

  alias {
    name                   = module.west.ingress_dns_name
    zone_id                = module.west.ingress_zone_id
    evaluate_target_health = false
  }
}
