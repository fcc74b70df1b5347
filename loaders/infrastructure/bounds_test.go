package infrastructure

import (
	"strings"
	"testing"
)

// Lists that are larger than anybody writes end in what is not known.
func TestListsHaveBounds(t *testing.T) {
	out := build(t, places+`
data "aws_route53_zone" "z" { name = "example.com" }
resource "aws_lb" "wide" { subnets = [for i in range(501) : aws_subnet.s[0].id] }
resource "aws_lb" "ok" { subnets = [for i in range(500) : aws_subnet.s[0].id] }
resource "aws_route53_record" "wide" {
  zone_id = data.aws_route53_zone.z.zone_id
  name    = "pay"
  type    = "A"
  ttl     = 60
  records = [for i in range(501) : "192.0.2.1"]
}`)
	for i, want := range []string{"us-east-1a", ""} {
		if got := strings.Join(out.Balancers[i].Zones, ","); got != want {
			t.Errorf("zones of %s: %q, want %q", out.Balancers[i].ID, got, want)
		}
	}
	if r := out.Records[0]; r.Open != "limit: there are too many elements in lists" || len(r.Members) != 1 {
		t.Errorf("open %q with %d members", r.Open, len(r.Members))
	}
}

// A chain of names that is longer than anybody follows ends without a panic, and each name still has its answer.
func TestLongChainsOfNames(t *testing.T) {
	out := build(t, `
data "aws_route53_zone" "z" { name = "example.com" }
resource "aws_route53_record" "r" {
  count   = 3000
  zone_id = data.aws_route53_zone.z.zone_id
  name    = "n${count.index}"
  type    = "CNAME"
  ttl     = 60
  records = ["n${count.index + 1}.example.com"]
}`)
	leads := 0
	for _, r := range out.Records {
		if r.Members[0].Next != nil {
			leads++
		}
	}
	if len(out.Records) != 3000 || leads < 1000 {
		t.Errorf("%d records, of which %d lead to another", len(out.Records), leads)
	}
}
