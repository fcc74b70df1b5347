package infrastructure

import (
	"strings"
	"testing"
)

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

func TestRoute53Checks(t *testing.T) {
	record := func(check string) string {
		return twoRegions + check + `
resource "aws_route53_record" "r" {
  zone_id         = aws_route53_zone.main.zone_id
  name            = "pay"
  type            = "A"
  ttl             = 60
  set_identifier  = "p"
  records         = ["192.0.2.1"]
  health_check_id = ` + "%CHECK%" + `
  failover_routing_policy { type = "PRIMARY" }
}`
	}
	for _, c := range []struct{ name, module, id, want string }{
		{"a calculated one is as slow as its slowest part", `
resource "aws_route53_health_check" "a" {
  fqdn             = "a.example.net"
  type             = "HTTP_STR_MATCH"
  request_interval = 10
  failure_threshold = 1
}
resource "aws_route53_health_check" "b" {
  fqdn = aws_route53_record.r.fqdn
  type = "TCP"
}
resource "aws_route53_health_check" "sum" {
  type                   = "CALCULATED"
  child_health_threshold = 1
  child_healthchecks     = [aws_route53_health_check.a.id, aws_route53_health_check.b.id]
}`, "aws_route53_health_check.sum.id", "aws_route53_health_check.sum calculated 3x30s+10s notices=1m40s asks=prod/aws_route53_record.r parts=2 needs=1"},
		{"a part that is not known", `
variable "other" {}
resource "aws_route53_health_check" "sum" {
  type                   = "CALCULATED"
  child_health_threshold = 1
  child_healthchecks     = [var.other]
}`, "aws_route53_health_check.sum.id", "aws_route53_health_check.sum calculated notices=?variable other has no value needs=1 parts-open=variable other has no value"},
		{"checks that are made of one another", `
resource "aws_route53_health_check" "x" {
  type                   = "CALCULATED"
  child_health_threshold = 1
  child_healthchecks     = [aws_route53_health_check.y.id]
}
resource "aws_route53_health_check" "y" {
  type                   = "CALCULATED"
  child_health_threshold = 1
  child_healthchecks     = [aws_route53_health_check.x.id]
}`, "aws_route53_health_check.x.id", "aws_route53_health_check.x calculated notices=?its checks are made of one another parts=1 needs=1"},
		{"an alarm of CloudWatch tells no times", `
resource "aws_cloudwatch_metric_alarm" "m" {}
resource "aws_route53_health_check" "x" {
  type                   = "CLOUDWATCH_METRIC"
  cloudwatch_alarm_name  = aws_cloudwatch_metric_alarm.m.alarm_name
  invert_healthcheck     = true
}`, "aws_route53_health_check.x.id",
			"aws_route53_health_check.x CloudWatch alarm notices=?an alarm of CloudWatch decides watches=?an alarm of CloudWatch decides asks=prod/aws_cloudwatch_metric_alarm.m inverted=true"},
		{"disabled, its interval not known", `
variable "every" {}
resource "aws_route53_health_check" "x" {
  type             = "HTTP"
  ip_address       = "192.0.2.7"
  request_interval = var.every
  disabled         = true
}`, "aws_route53_health_check.x.id",
			"aws_route53_health_check.x http 3x0s+6s notices=?variable every has no value watches=192.0.2.7 disabled=true"},
		{"its type is not known", `
variable "type" {}
resource "aws_route53_health_check" "x" { type = var.type }`, "aws_route53_health_check.x.id",
			"aws_route53_health_check.x notices=?its type is not known: variable type has no value watches=?its type is not known: variable type has no value"},
		{"which check is not known", `variable "id" {}`, "var.id", "?variable id has no value"},
		{"it may be one of two", `
variable "which" {}
resource "aws_route53_health_check" "x" { type = "TCP" }
resource "aws_route53_health_check" "y" { type = "TCP" }`, "var.which ? aws_route53_health_check.x.id : aws_route53_health_check.y.id",
			"?variable which has no value; computed: aws_route53_health_check.x.id; computed: aws_route53_health_check.y.id"},
		{"whether there is one is not known", `
variable "n" {}
resource "aws_route53_health_check" "x" {
  count = var.n
  type  = "TCP"
}`, "aws_route53_health_check.x[0].id",
			"?count of aws_route53_health_check.x is not known; variable n has no value; computed: aws_route53_health_check.x[?].id"},
		{"none, as a condition decides", `
resource "aws_route53_health_check" "x" {
  count = 0
  type  = "TCP"
}`, "try(aws_route53_health_check.x[0].id, null)", "-"},
		{"one of elsewhere", ``, `"abcdef11-2222-3333-4444-555555fedcba"`,
			"abcdef11-2222-3333-4444-555555fedcba notices=?health check abcdef11-2222-3333-4444-555555fedcba is not in the inputs watches=?health check abcdef11-2222-3333-4444-555555fedcba is not in the inputs disabled=?health check abcdef11-2222-3333-4444-555555fedcba is not in the inputs inverted=?health check abcdef11-2222-3333-4444-555555fedcba is not in the inputs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := build(t, strings.ReplaceAll(record(c.module), "%CHECK%", c.id))
			compare(t, checkShown(out.Records[0].Members[0].Check), c.want)
		})
	}
}

func TestRoutingControlIsASwitch(t *testing.T) {
	out := build(t, twoRegions+`
resource "aws_route53recoverycontrolconfig_routing_control" "c" {
  for_each    = toset(["east", "west"])
  name        = each.key
  cluster_arn = "arn:aws:route53-recovery-control::1:cluster/x"
}
resource "aws_route53_health_check" "c" {
  for_each            = toset(["east", "west"])
  type                = "RECOVERY_CONTROL"
  routing_control_arn = aws_route53recoverycontrolconfig_routing_control.c[each.key].arn
}
resource "aws_route53_record" "r" {
  for_each        = { east = "PRIMARY", west = "SECONDARY" }
  zone_id         = aws_route53_zone.main.zone_id
  name            = "pay"
  type            = "A"
  ttl             = 60
  set_identifier  = each.key
  records         = ["192.0.2.1"]
  health_check_id = aws_route53_health_check.c[each.key].id
  failover_routing_policy { type = each.value }
}`)
	compare(t, records(out), `
pay.example.com in example.com: ordered ttl=1m0s switch=routing control
  0 east -> target 192.0.2.1 in=?what it leads to is not in the inputs check aws_route53_health_check.c["east"] routing control notices=?somebody sets it asks=prod/aws_route53recoverycontrolconfig_routing_control.c["east"] manual=true
  1 west -> target 192.0.2.1 in=?what it leads to is not in the inputs check aws_route53_health_check.c["west"] routing control notices=?somebody sets it asks=prod/aws_route53recoverycontrolconfig_routing_control.c["west"] manual=true`)
}

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
