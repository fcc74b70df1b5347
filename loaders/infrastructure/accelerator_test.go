package infrastructure

import "testing"

const groups = `
resource "aws_globalaccelerator_accelerator" "a" { name = "pay" }
resource "aws_globalaccelerator_listener" "l" {
  accelerator_arn = aws_globalaccelerator_accelerator.a.id
  protocol        = "TCP"
  port_range {
    from_port = 443
    to_port   = 444
  }
}
`

func TestGlobalAccelerator(t *testing.T) {
	for _, c := range []struct{ name, module, want string }{
		{"regions by load balancers; a dial of 0 is a standby, a weight of 0 never answers", twoRegions + groups + `
resource "aws_globalaccelerator_endpoint_group" "east" {
  listener_arn = aws_globalaccelerator_listener.l.id
  endpoint_configuration {
    endpoint_id = aws_lb.east.arn
    weight      = 0
  }
}
resource "aws_globalaccelerator_endpoint_group" "west" {
  listener_arn            = aws_globalaccelerator_listener.l.id
  endpoint_group_region   = "us-west-2"
  traffic_dial_percentage = 0
  endpoint_configuration { endpoint_id = aws_lb.west.arn }
}
resource "aws_route53_record" "r" {
  zone_id = aws_route53_zone.main.zone_id
  name    = "pay"
  type    = "A"
  alias {
    name                   = aws_globalaccelerator_accelerator.a.dns_name
    zone_id                = aws_globalaccelerator_accelerator.a.hosted_zone_id
    evaluate_target_health = false
  }
}`, `
(AWS gives its name) in Global Accelerator: nearest ttl=0s ports=[443 444]
  0 aws_globalaccelerator_endpoint_group.east -> aws_lb.east in=us-east-1 weight=0 check target prod/aws_lb.east load balancer notices=?the load balancer decides follows=true
  1 aws_globalaccelerator_endpoint_group.west -> aws_lb.west in=us-west-2 weight=128 check target prod/aws_lb.west load balancer notices=?the load balancer decides follows=true
pay.example.com in example.com: single ttl=?AWS decides it for the target of an alias
  0 aws_route53_record.r -> next prod/aws_globalaccelerator_listener.l in=?the record that it leads to decides check -`},
		{"addresses are asked as the group says; what is not known stays so", groups + `
variable "x" {}
resource "aws_eip" "e" {}
resource "aws_globalaccelerator_endpoint_group" "a" {
  listener_arn                  = aws_globalaccelerator_listener.l.id
  endpoint_group_region         = "eu-west-1"
  health_check_interval_seconds = 10
  threshold_count               = 2
  endpoint_configuration { endpoint_id = aws_eip.e.id }
}
resource "aws_globalaccelerator_endpoint_group" "b" {
  listener_arn                  = aws_globalaccelerator_listener.l.id
  endpoint_group_region         = var.x
  traffic_dial_percentage       = var.x
  health_check_interval_seconds = var.x
  endpoint_configuration {
    endpoint_id = var.x
    weight      = var.x
  }
}
resource "aws_globalaccelerator_endpoint_group" "c" {
  listener_arn = var.x
}`, `
(AWS gives its name) in Global Accelerator: nearest ttl=0s open=aws_globalaccelerator_endpoint_group.c: variable x has no value ports=[443 444]
  0 aws_globalaccelerator_endpoint_group.a -> target ?computed: aws_eip.e.id in=eu-west-1 weight=128 check aws_globalaccelerator_endpoint_group.a tcp 2x10s+0s notices=20s
  0 aws_globalaccelerator_endpoint_group.b -> target ?variable x has no value in=?variable x has no value weight=?variable x has no value enabled=?its traffic dial is not known: variable x has no value check aws_globalaccelerator_endpoint_group.b tcp 3x0s+0s notices=?variable x has no value`},
	} {
		t.Run(c.name, func(t *testing.T) { compare(t, records(build(t, c.module)), c.want) })
	}
}

func TestCloudFront(t *testing.T) {
	for _, c := range []struct{ name, module, want string }{
		{"the order of an origin group is that of its members", `
provider "aws" { region = "us-east-1" }
resource "aws_lb" "second" { region = "eu-west-1" }
resource "aws_cloudfront_distribution" "d" {
  aliases = ["Pay.example.com"]
  default_cache_behavior { target_origin_id = "both" }
  origin_group {
    origin_id = "both"
    failover_criteria { status_codes = [500, 502] }
    member { origin_id = "first" }
    member { origin_id = "second" }
  }
  origin {
    origin_id   = "second"
    domain_name = aws_lb.second.dns_name
  }
  origin {
    origin_id           = "first"
    domain_name         = "pay-1.us-east-1.elb.amazonaws.com"
    connection_attempts = 2
    connection_timeout  = 5
  }
}`, `
pay.example.com in CloudFront: ordered ttl=0s
  0 first -> target pay-1.us-east-1.elb.amazonaws.com in=us-east-1 enabled=true check aws_cloudfront_distribution.d origin first request 2x0s+5s notices=10s
  1 second -> aws_lb.second in=eu-west-1 enabled=true check -`},
		{"an origin that is the name by which the distribution is asked", `
data "aws_route53_zone" "z" { name = "example.com" }
resource "aws_route53_record" "r" {
  zone_id = data.aws_route53_zone.z.zone_id
  name    = "pay"
  type    = "A"
  alias {
    name                   = aws_cloudfront_distribution.d.domain_name
    zone_id                = aws_cloudfront_distribution.d.hosted_zone_id
    evaluate_target_health = false
  }
}
resource "aws_cloudfront_distribution" "d" {
  default_cache_behavior { target_origin_id = "o" }
  origin {
    origin_id   = "o"
    domain_name = aws_route53_record.r.fqdn
  }
}`, `
(AWS gives its name) in CloudFront: single ttl=0s
  0 o -> next prod/aws_route53_record.r in=?the record that it leads to decides enabled=true check -
pay.example.com in example.com: single ttl=?AWS decides it for the target of an alias
  0 aws_route53_record.r -> target ?computed: aws_cloudfront_distribution.d.domain_name in=?what it leads to tells no region check -`},
		{"one origin has nothing behind it, and what is not known stays so", `
variable "x" {}
resource "aws_cloudfront_distribution" "one" {
  enabled = false
  default_cache_behavior { target_origin_id = "o" }
  origin {
    origin_id   = "o"
    domain_name = var.x
  }
}
resource "aws_cloudfront_distribution" "two" {
  aliases = [var.x]
  default_cache_behavior { target_origin_id = var.x }
}
resource "aws_cloudfront_distribution" "three" {
  default_cache_behavior { target_origin_id = "g" }
  origin_group {
    origin_id = "g"
    member { origin_id = var.x }
    member { origin_id = "gone" }
  }
}`, `
(AWS gives its name) in CloudFront: single ttl=0s
  0 o -> target ?variable x has no value in=?what it leads to is not in the inputs enabled=false check -
(AWS gives its name) in CloudFront: ordered ttl=0s
  0 -> target ?variable x has no value in=?variable x has no value enabled=true check ?variable x has no value
  1 gone -> target ?origin gone is not written in=?origin gone is not written enabled=true check -
(its name is not known: variable x has no value) in CloudFront: another ttl=0s open=its origin is not known: variable x has no value`},
	} {
		t.Run(c.name, func(t *testing.T) { compare(t, records(build(t, c.module)), c.want) })
	}
}
