package infrastructure

import "testing"

const twoRegions = `
provider "aws" { region = "us-east-1" }
provider "aws" {
  alias  = "west"
  region = "us-west-2"
}
resource "aws_route53_zone" "main" { name = "Example.com." }
resource "aws_lb" "east" { name = "pay-east" }
resource "aws_lb" "west" {
  provider = aws.west
  name     = "pay-west"
}
`

func TestRoute53(t *testing.T) {
	for _, c := range []struct{ name, module, want string }{
		{"one check judges both sides", `
resource "aws_route53_health_check" "one" {
  fqdn              = aws_lb.east.dns_name
  type              = "HTTPS"
  request_interval  = 10
  failure_threshold = 2
}
resource "aws_route53_record" "primary" {
  zone_id        = aws_route53_zone.main.zone_id
  name           = "pay"
  type           = "A"
  set_identifier = "primary"
  failover_routing_policy { type = "PRIMARY" }
  health_check_id = aws_route53_health_check.one.id
  alias {
    name                   = aws_lb.east.dns_name
    zone_id                = aws_lb.east.zone_id
    evaluate_target_health = false
  }
}
resource "aws_route53_record" "secondary" {
  zone_id        = aws_route53_zone.main.id
  name           = "PAY.example.com"
  type           = "A"
  set_identifier = "secondary"
  failover_routing_policy { type = "SECONDARY" }
  health_check_id = aws_route53_health_check.one.id
  alias {
    name                   = aws_lb.west.dns_name
    zone_id                = aws_lb.west.zone_id
    evaluate_target_health = false
  }
}`, `
pay.example.com in example.com: ordered ttl=1m0s
  0 primary -> aws_lb.east in=us-east-1 check aws_route53_health_check.one http 2x10s+6s notices=26s watches=?computed: aws_lb.east.dns_name asks=prod/aws_lb.east
  1 secondary -> aws_lb.west in=us-west-2 check aws_route53_health_check.one http 2x10s+6s notices=26s watches=?computed: aws_lb.east.dns_name asks=prod/aws_lb.east`},

		{"an alias that ignores its target has no check; one that heeds it knows the times of its target group", `
resource "aws_lb_target_group" "west" {
  protocol = "HTTP"
  health_check {
    interval            = 5
    timeout             = 2
    unhealthy_threshold = 2
  }
}
resource "aws_lb_listener" "west" {
  load_balancer_arn = aws_lb.west.arn
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.west.arn
  }
}
resource "aws_route53_record" "r" {
  for_each       = { PRIMARY = [aws_lb.east.dns_name, false], SECONDARY = [aws_lb.west.dns_name, true] }
  zone_id        = aws_route53_zone.main.zone_id
  name           = "pay"
  type           = "A"
  set_identifier = each.key
  failover_routing_policy { type = each.key }
  alias {
    name                   = each.value[0]
    zone_id                = "Z1"
    evaluate_target_health = each.value[1]
  }
}`, `
pay.example.com in example.com: ordered ttl=1m0s
  0 PRIMARY -> aws_lb.east in=us-east-1 check -
  1 SECONDARY -> aws_lb.west in=us-west-2 check target prod/aws_lb.west http 2x5s+2s notices=12s follows=true`},

		{"latency over failover", `
resource "aws_route53_record" "site" {
  for_each = { us-east-1 = aws_lb.east.dns_name, us-west-2 = aws_lb.west.dns_name }
  zone_id  = aws_route53_zone.main.zone_id
  name     = "${each.key}.pay.example.com"
  type     = "A"
  set_identifier = "p"
  failover_routing_policy { type = "PRIMARY" }
  alias {
    name                   = each.value
    zone_id                = "Z1"
    evaluate_target_health = true
  }
}
resource "aws_route53_record" "top" {
  for_each       = toset(["us-east-1", "us-west-2"])
  zone_id        = aws_route53_zone.main.zone_id
  name           = "pay"
  type           = "A"
  set_identifier = each.key
  latency_routing_policy { region = each.key }
  alias {
    name                   = each.key == "us-east-1" ? aws_route53_record.site["us-east-1"].name : "us-west-2.pay.example.com"
    zone_id                = aws_route53_zone.main.zone_id
    evaluate_target_health = true
  }
}`, `
us-east-1.pay.example.com in example.com: ordered ttl=1m0s
  0 p -> aws_lb.east in=us-east-1 check target prod/aws_lb.east alias notices=?what the alias leads to decides follows=true
us-west-2.pay.example.com in example.com: ordered ttl=1m0s
  0 p -> aws_lb.west in=us-west-2 check target prod/aws_lb.west alias notices=?what the alias leads to decides follows=true
pay.example.com in example.com: nearest ttl=1m0s
  0 us-east-1 -> next prod/aws_route53_record.site["us-east-1"] in=us-east-1 check target prod/aws_route53_record.site["us-east-1"] alias notices=?what the alias leads to decides follows=true
  0 us-west-2 -> next prod/aws_route53_record.site["us-west-2"] in=us-west-2 check target prod/aws_route53_record.site["us-west-2"] alias notices=?what the alias leads to decides follows=true`},

		{"weight 0 is a standby", `
resource "aws_route53_record" "w" {
  for_each       = { old = 100, new = 0 }
  zone_id        = aws_route53_zone.main.zone_id
  name           = "pay"
  type           = "CNAME"
  ttl            = 30
  set_identifier = each.key
  records        = ["${each.key}.example.net"]
  weighted_routing_policy { weight = each.value }
}`, `
pay.example.com in example.com: ordered ttl=30s
  0 old -> target old.example.net in=?what it leads to is not in the inputs weight=100 check -
  1 new -> target new.example.net in=?what it leads to is not in the inputs check -`},

		{"weights all 0 share alike, and an unknown one beside 0 decides", `
variable "w" {}
resource "aws_route53_record" "z" {
  for_each       = { a = 0, b = 0 }
  zone_id        = aws_route53_zone.main.zone_id
  name           = "zero"
  type           = "A"
  ttl            = 30
  set_identifier = each.key
  records        = ["192.0.2.1"]
  weighted_routing_policy { weight = each.value }
}
resource "aws_route53_record" "u" {
  for_each       = { a = 0, b = var.w }
  zone_id        = aws_route53_zone.main.zone_id
  name           = "unknown"
  type           = "A"
  ttl            = 30
  set_identifier = each.key
  records        = ["192.0.2.1"]
  weighted_routing_policy { weight = each.value }
}`, `
unknown.example.com in example.com: another ttl=30s
  0 a -> target 192.0.2.1 in=?what it leads to is not in the inputs check -
  0 b -> target 192.0.2.1 in=?what it leads to is not in the inputs weight=?variable w has no value check -
zero.example.com in example.com: shared ttl=30s
  0 a -> target 192.0.2.1 in=?what it leads to is not in the inputs check -
  0 b -> target 192.0.2.1 in=?what it leads to is not in the inputs check -`},

		{"multivalue, geolocation with a default, several values of one record", `
resource "aws_route53_record" "m" {
  count          = 2
  zone_id        = aws_route53_zone.main.zone_id
  name           = "multi"
  type           = "A"
  ttl            = 10
  set_identifier = count.index
  records        = ["192.0.2.${count.index}"]
  multivalue_answer_routing_policy = true
}
resource "aws_route53_record" "geo" {
  for_each       = { de = { country = "DE" }, eu = { continent = "EU" }, all = { country = "*" } }
  zone_id        = aws_route53_zone.main.zone_id
  name           = "geo"
  type           = "A"
  ttl            = 10
  set_identifier = each.key
  records        = ["192.0.2.9"]
  geolocation_routing_policy {
    country   = lookup(each.value, "country", null)
    continent = lookup(each.value, "continent", null)
  }
}
resource "aws_route53_record" "plain" {
  zone_id = aws_route53_zone.main.zone_id
  name    = ""
  type    = "A"
  ttl     = 300
  records = ["192.0.2.1", "192.0.2.2"]
}
resource "aws_route53_record" "text" {
  zone_id = aws_route53_zone.main.zone_id
  name    = ""
  type    = "TXT"
  ttl     = 300
  records = ["v=spf1 -all"]
}`, `
geo.example.com in example.com: divided ttl=10s
  1 de -> target 192.0.2.9 in=?what it leads to is not in the inputs for=country DE check -
  2 eu -> target 192.0.2.9 in=?what it leads to is not in the inputs for=continent EU check -
  3 all -> target 192.0.2.9 in=?what it leads to is not in the inputs for=* check -
multi.example.com in example.com: any ttl=10s
  0 0 -> target 192.0.2.0 in=?what it leads to is not in the inputs check -
  0 1 -> target 192.0.2.1 in=?what it leads to is not in the inputs check -
example.com in example.com: any ttl=5m0s
  0 aws_route53_record.plain -> target 192.0.2.1 in=?what it leads to is not in the inputs check -
  0 aws_route53_record.plain -> target 192.0.2.2 in=?what it leads to is not in the inputs check -`},

		{"both the check and the target, IPv6 beside IPv4, a name of AWS", `
resource "aws_route53_health_check" "tcp" {
  ip_address = "192.0.2.1"
  type       = "TCP"
}
resource "aws_route53_record" "a" {
  for_each        = toset(["A", "AAAA"])
  zone_id         = aws_route53_zone.main.zone_id
  name            = "pay"
  type            = each.key
  health_check_id = aws_route53_health_check.tcp.id
  alias {
    name                   = "dualstack.pay-12.eu-west-1.elb.amazonaws.com"
    zone_id                = "Z32O12XQLNTSW2"
    evaluate_target_health = true
  }
}`, `
pay.example.com in example.com: single ttl=1m0s
  0 aws_route53_record.a["A"] -> target dualstack.pay-12.eu-west-1.elb.amazonaws.com in=eu-west-1 check aws_route53_record.a["A"] and its target calculated notices=?what the alias leads to decides parts=2 needs=2
pay.example.com in example.com AAAA: single ttl=1m0s
  0 aws_route53_record.a["AAAA"] -> target dualstack.pay-12.eu-west-1.elb.amazonaws.com in=eu-west-1 check aws_route53_record.a["AAAA"] and its target calculated notices=?what the alias leads to decides parts=2 needs=2`},
	} {
		t.Run(c.name, func(t *testing.T) { compare(t, records(build(t, twoRegions+c.module)), c.want) })
	}
}

// A module that is called once per region makes one record of one name: its zone is followed through the calls.
func TestRoute53ModuleCalledTwice(t *testing.T) {
	out := build(t, `
provider "aws" { region = "eu-west-1" }
provider "aws" {
  alias  = "dr"
  region = "eu-central-1"
}
resource "aws_route53_zone" "main" { name = "example.com" }
module "main" {
  source = "./site"
  zone   = aws_route53_zone.main.zone_id
  role   = "PRIMARY"
}
module "dr" {
  source    = "./site"
  providers = { aws = aws.dr }
  zone      = aws_route53_zone.main.zone_id
  role      = "SECONDARY"
}
-- site/main.tf --
variable "zone" {}
variable "role" {}
resource "aws_lb" "lb" { load_balancer_type = "network" }
resource "aws_route53_record" "r" {
  zone_id        = var.zone
  name           = "pay"
  type           = "A"
  set_identifier = var.role
  failover_routing_policy { type = var.role }
  alias {
    name                   = aws_lb.lb.dns_name
    zone_id                = aws_lb.lb.zone_id
    evaluate_target_health = false
  }
}
`)
	compare(t, records(out), `
pay.example.com in example.com: ordered ttl=1m0s
  0 PRIMARY -> module.main.aws_lb.lb in=eu-west-1 check -
  1 SECONDARY -> module.dr.aws_lb.lb in=eu-central-1 check -`)
	m := out.Records[0].Members
	compare(t, line(m[1].Check.Origin)+"\n"+line(m[1].Origin)+"\n"+line(m[0].RankOrigin),
		"site/main.tf:13 via module.dr:13\nsite/main.tf:4 via module.dr:13\nsite/main.tf:9 via module.main:8")
}

// An element of a list that a for expression makes of several modules may be of any of them.
func TestRecordOfOneOfSeveralModulesLeadsToNone(t *testing.T) {
	out := build(t, `
data "aws_route53_zone" "z" { name = "example.com" }
module "site" {
  source   = "./site"
  for_each = toset(["a", "b"])
}
resource "aws_route53_record" "r" {
  zone_id = data.aws_route53_zone.z.zone_id
  name    = "pay"
  type    = "CNAME"
  ttl     = 60
  records = [for m in module.site : m.lb]
}
resource "aws_route53_record" "one" {
  zone_id = data.aws_route53_zone.z.zone_id
  name    = "one"
  type    = "CNAME"
  ttl     = 60
  records = [module.site["b"].lb]
}
-- site/main.tf --
resource "aws_lb" "lb" { region = "eu-west-1" }
output "lb" { value = aws_lb.lb.dns_name }
`)
	const both = `computed: module.site["a"].aws_lb.lb.dns_name; computed: module.site["b"].aws_lb.lb.dns_name`
	compare(t, records(out), `
one.example.com in example.com: single ttl=1m0s
  0 aws_route53_record.one -> module.site["b"].aws_lb.lb in=eu-west-1 check -
pay.example.com in example.com: any ttl=1m0s
  0 aws_route53_record.r -> target ?`+both+` in=?what it leads to is not in the inputs check -
  0 aws_route53_record.r -> target ?`+both+` in=?what it leads to is not in the inputs check -`)
}
