package infrastructure

import (
	"strings"
	"testing"
)

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
