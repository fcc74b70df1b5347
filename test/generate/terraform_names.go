package generate

import (
	"fmt"
	"strings"
)

// TerraformNames generates a root module of Options.Resources instances (rounded up to whole cells of ten) for two clusters: names that lead to
// Services of both, with what runs behind them and the routes of their gateways.
func TerraformNames(o Options) map[string][]byte {
	o = o.orDefault()
	cells := (o.Resources + 9) / 10
	out := map[string][]byte{"main.tf": []byte(terraformClusters)}
	var b strings.Builder
	for i := range cells {
		fmt.Fprintf(&b, terraformCheck, i)
		for j, side := range []string{"east", "west"} {
			rank := []string{"PRIMARY", "SECONDARY"}[j]
			b.WriteString(strings.NewReplacer("ID", fmt.Sprint(i), "SIDE", side, "RANK", rank).Replace(terraformSide))
		}
		if i%o.PerFile == o.PerFile-1 || i == cells-1 {
			out[fmt.Sprintf("names_%04d.tf", i/o.PerFile)] = []byte(b.String())
			b.Reset()
		}
	}
	return out
}

const terraformClusters = `provider "aws" { region = "us-east-1" }
provider "kubernetes" { alias = "east" }
provider "kubernetes" { alias = "west" }
resource "aws_route53_zone" "main" { name = "example.com" }
variable "tag" {}
`

const terraformCheck = `resource "aws_route53_health_check" "c%[1]d" {
  fqdn              = "east-%[1]d.example.net"
  type              = "HTTPS"
  port              = 443
  failure_threshold = 3
  request_interval  = 30
}
resource "kubernetes_namespace_v1" "n%[1]d" {
  provider = kubernetes.east
  metadata { name = "n%[1]d" }
}
`

const terraformSide = `resource "aws_route53_record" "SIDEID" {
  zone_id         = aws_route53_zone.main.zone_id
  name            = "svcID"
  type            = "CNAME"
  ttl             = 60
  set_identifier  = "SIDE"
  health_check_id = aws_route53_health_check.cID.id
  records         = [kubernetes_service_v1.SIDEID.status[0].load_balancer[0].ingress[0].hostname]
  failover_routing_policy { type = "RANK" }
}
resource "kubernetes_service_v1" "SIDEID" {
  provider = kubernetes.SIDE
  metadata {
    name      = "sID"
    namespace = "nID"
  }
  spec {
    type     = "LoadBalancer"
    selector = { app = "sID" }
    port {
      name = "http"
      port = 80
    }
  }
}
resource "kubernetes_deployment_v1" "SIDEID" {
  provider = kubernetes.SIDE
  metadata {
    name      = "sID"
    namespace = "nID"
  }
  spec {
    replicas = 2
    template {
      metadata { labels = { app = "sID" } }
      spec {
        container {
          name  = "app"
          image = "example.com/app:${var.tag}"
        }
      }
    }
  }
}
resource "kubernetes_manifest" "SIDEID" {
  provider = kubernetes.SIDE
  manifest = {
    apiVersion = "networking.istio.io/v1"
    kind       = "VirtualService"
    metadata   = { name = "sID", namespace = "nID" }
    spec = {
      hosts    = ["svcID.example.com"]
      gateways = ["edge/public"]
      http     = [{ route = [{ destination = { host = "sID.nID.svc.cluster.local" } }] }]
    }
  }
}
`
