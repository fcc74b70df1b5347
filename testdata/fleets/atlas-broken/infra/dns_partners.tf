# Partners have fixed names in their firewalls, so these are no aliases.
resource "aws_route53_health_check" "partners" {
  for_each = local.partners

  type              = "TCP"
  fqdn              = each.value
  port              = 443
  request_interval  = 10
  failure_threshold = 3
}

resource "aws_route53_record" "partners_east" {
  zone_id        = aws_route53_zone.public.zone_id
  name           = "partners.${var.domain}"
  type           = "CNAME"
  ttl            = 30
  records        = [local.partners.east]
  set_identifier = "partners-east"

  failover_routing_policy {
    type = "PRIMARY"
  }
}

resource "aws_route53_record" "partners_west" {
  zone_id         = aws_route53_zone.public.zone_id
  name            = "partners.${var.domain}"
  type            = "CNAME"
  ttl             = 30
  records         = [local.partners.west]
  set_identifier  = "partners-west"
  health_check_id = aws_route53_health_check.partners["west"].id

  failover_routing_policy {
    type = "SECONDARY"
  }
}
