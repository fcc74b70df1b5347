# Both sides answer. A weight of 0 empties one.
resource "aws_route53_record" "status" {
  for_each = local.partners

  zone_id         = aws_route53_zone.public.zone_id
  name            = "status.${var.domain}"
  type            = "CNAME"
  ttl             = 30
  records         = [each.value]
  set_identifier  = each.key
  health_check_id = aws_route53_health_check.partners[each.key].id

  weighted_routing_policy {
    weight = 50
  }
}
