# Both sides answer. Weights are moved by hand when one is to be emptied.
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

  lifecycle {
    ignore_changes = [weighted_routing_policy[0].weight]
  }
}
