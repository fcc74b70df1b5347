package infrastructure

import "testing"

func TestRoute53Unknown(t *testing.T) {
	for _, c := range []struct{ name, module, want string }{
		{"a zone that is given groups by what is written, and the name is not known", `
variable "zone_id" {}
resource "aws_route53_record" "r" {
  for_each        = toset(["PRIMARY", "SECONDARY"])
  zone_id         = var.zone_id
  name            = "pay.example.com"
  type            = "A"
  ttl             = 60
  set_identifier  = each.key
  records         = ["192.0.2.1"]
  failover_routing_policy { type = each.key }
}`, `
(its zone is not known: variable zone_id has no value) in : ordered ttl=1m0s open=its zone is not known: variable zone_id has no value
  0 PRIMARY -> target 192.0.2.1 in=?what it leads to is not in the inputs check -
  1 SECONDARY -> target 192.0.2.1 in=?what it leads to is not in the inputs check -`},
		{"a last dot makes a name certain", `
variable "zone_id" { default = "Z123" }
resource "aws_route53_record" "r" {
  zone_id = var.zone_id
  name    = "pay.example.com."
  type    = "A"
  ttl     = 60
  records = ["192.0.2.1"]
}`, `
pay.example.com in Z123: single ttl=1m0s
  0 aws_route53_record.r -> target 192.0.2.1 in=?what it leads to is not in the inputs check -`},
		{"how many there are is not known", `
variable "sites" {}
data "aws_route53_zone" "main" {
  name         = "internal.example.com"
  private_zone = true
}
resource "aws_route53_record" "r" {
  for_each       = var.sites
  zone_id        = data.aws_route53_zone.main.zone_id
  name           = "pay"
  type           = "A"
  ttl            = 60
  set_identifier = each.key
  records        = [each.value]
  latency_routing_policy { region = each.key }
}`, `
pay.internal.example.com in internal.example.com private: nearest ttl=1m0s open=for_each of aws_route53_record.r is not known
  0 each.key -> target ?for_each of aws_route53_record.r is not known; variable sites has no value in=?for_each of aws_route53_record.r is not known; variable sites has no value check -`},
		{"the role, the policy and the TTL are not known, and whether the target counts", `
variable "role" {}
variable "heed" {}
variable "policies" {}
data "aws_route53_zone" "main" { name = "example.com" }
resource "aws_route53_record" "role" {
  zone_id = data.aws_route53_zone.main.zone_id
  name    = "role"
  type    = "A"
  set_identifier = "x"
  failover_routing_policy { type = var.role }
  alias {
    name                   = "x.cloudfront.net"
    zone_id                = "Z2"
    evaluate_target_health = var.heed
  }
}
resource "aws_route53_record" "policy" {
  zone_id = data.aws_route53_zone.main.zone_id
  name    = "policy"
  type    = "A"
  ttl     = var.role
  records = ["192.0.2.1"]
  dynamic "failover_routing_policy" {
    for_each = var.policies
    content { type = "PRIMARY" }
  }
}`, `
policy.example.com in example.com: another ttl=?variable role has no value
  0 aws_route53_record.policy -> target 192.0.2.1 in=?what it leads to is not in the inputs check -
role.example.com in example.com: another ttl=?AWS decides it for the target of an alias
  0 x -> target x.cloudfront.net in=?what it leads to is not in the inputs check ?variable heed has no value`},
		{"a name that is not known may be the other side", `
variable "name" {}
data "aws_route53_zone" "main" { name = "example.com" }
resource "aws_route53_record" "p" {
  zone_id = data.aws_route53_zone.main.zone_id
  name    = "pay"
  type    = "A"
  ttl     = 60
  set_identifier = "p"
  records = ["192.0.2.1"]
  failover_routing_policy { type = "PRIMARY" }
}
resource "aws_route53_record" "s" {
  zone_id = data.aws_route53_zone.main.zone_id
  name    = var.name
  type    = "A"
  ttl     = 60
  set_identifier = "s"
  records = ["192.0.2.2"]
  failover_routing_policy { type = "SECONDARY" }
}`, `
pay.example.com in example.com: ordered ttl=1m0s open=aws_route53_record.s may be one of it: its name is not known: variable name has no value
  0 p -> target 192.0.2.1 in=?what it leads to is not in the inputs check -
(its name is not known: variable name has no value) in example.com: ordered ttl=1m0s open=its name is not known: variable name has no value
  1 s -> target 192.0.2.2 in=?what it leads to is not in the inputs check -`},
		{"two private zones of one name are two, and a certificate is no service", `
resource "aws_acm_certificate" "c" {}
resource "aws_route53_zone" "z" {
  count = 2
  name  = "internal"
  vpc { vpc_id = "vpc-${count.index}" }
}
resource "aws_route53_record" "r" {
  count   = 2
  zone_id = aws_route53_zone.z[count.index].zone_id
  name    = "pay"
  type    = "A"
  ttl     = 60
  records = ["192.0.2.${count.index}"]
}
resource "aws_route53_record" "proof" {
  for_each = { for o in aws_acm_certificate.c.domain_validation_options : o.domain_name => o }
  zone_id  = aws_route53_zone.z[0].zone_id
  name     = each.value.resource_record_name
  type     = each.value.resource_record_type
  ttl      = 60
  records  = [each.value.resource_record_value]
}`, `
pay.internal in internal private aws_route53_zone.z[0]: single ttl=1m0s
  0 aws_route53_record.r[0] -> target 192.0.2.0 in=?what it leads to is not in the inputs check -
pay.internal in internal private aws_route53_zone.z[1]: single ttl=1m0s
  0 aws_route53_record.r[1] -> target 192.0.2.1 in=?what it leads to is not in the inputs check -`},
		{"how many values, and whether it is an alias", `
variable "x" {}
data "aws_route53_zone" "main" { name = "example.com" }
resource "aws_route53_record" "values" {
  zone_id = data.aws_route53_zone.main.zone_id
  name    = "values"
  type    = "A"
  ttl     = 60
  records = var.x
}
resource "aws_route53_record" "alias" {
  zone_id = data.aws_route53_zone.main.zone_id
  name    = "alias"
  type    = "A"
  set_identifier = "p"
  failover_routing_policy { type = "PRIMARY" }
  dynamic "alias" {
    for_each = var.x
    content {
      name                   = alias.value
      zone_id                = "Z1"
      evaluate_target_health = true
    }
  }
}`, `
alias.example.com in example.com: ordered ttl=?for_each of dynamic alias is not known; variable x has no value
  0 p -> target ?for_each of dynamic alias is not known; variable x has no value in=?what it leads to is not in the inputs check ?for_each of dynamic alias is not known; variable x has no value
values.example.com in example.com: single ttl=1m0s open=variable x has no value
  0 aws_route53_record.values -> target ?variable x has no value in=?what it leads to is not in the inputs check -`},
		{"what is sensitive is not shown", `
variable "secret" {
  default   = "hidden"
  sensitive = true
}
data "aws_route53_zone" "main" { name = "example.com" }
resource "aws_route53_record" "name" {
  zone_id = data.aws_route53_zone.main.zone_id
  name    = var.secret
  type    = "A"
  ttl     = 60
  records = [var.secret]
}`, `
(its name is sensitive) in example.com: single ttl=1m0s open=its name is sensitive
  0 aws_route53_record.name -> target ?it is sensitive in=?what it leads to is not in the inputs check -`},
		{"names that lead to one another", `
data "aws_route53_zone" "main" { name = "example.com" }
resource "aws_route53_record" "r" {
  for_each = { a = "b", b = "a" }
  zone_id  = data.aws_route53_zone.main.zone_id
  name     = each.key
  type     = "CNAME"
  ttl      = 60
  records  = ["${each.value}.example.com"]
}`, `
a.example.com in example.com: single ttl=1m0s
  0 aws_route53_record.r["a"] -> next prod/aws_route53_record.r["b"] in=?the record that it leads to decides check -
b.example.com in example.com: single ttl=1m0s
  0 aws_route53_record.r["b"] -> target a.example.com in=?what it leads to is not in the inputs check -`},
	} {
		t.Run(c.name, func(t *testing.T) { compare(t, records(build(t, c.module)), c.want) })
	}
}
