package generate

import (
	"fmt"
	"strings"
)

// Terraform generates a root module of Options.Resources instances (rounded up to whole cells), without a muster.yaml. A cell is what one
// service has in one region: load balancers, health checks, records, and what its mesh is told in texts of YAML and JSON. A third of the
// cells is written out, a third has count and a third for_each; with calls, each cell is a call of one module instead.
func Terraform(o Options, calls bool) map[string][]byte {
	o = o.orDefault()
	cells := (o.Resources + 9) / 10
	out := map[string][]byte{"providers.tf": []byte(terraformProviders)}
	if calls {
		var b strings.Builder
		for i := range cells {
			region := "var.home"
			if i%3 == 0 {
				region = "var.away"
			}
			fmt.Fprintf(&b, "module \"service_%d\" {\n  source = \"./service\"\n  name   = \"s%d\"\n  region = %s\n}\n\n", i, i, region)
			if i%o.PerFile == o.PerFile-1 || i == cells-1 {
				out[fmt.Sprintf("services_%04d.tf", i/o.PerFile)] = []byte(b.String())
				b.Reset()
			}
		}
		out["main.tf"] = []byte(terraformInputs)
		out["service/main.tf"] = []byte("variable \"name\" { type = string }\n" + terraformModule + terraformCell("it", "", "${var.name}", ""))
		out["service/rule.yaml.tftpl"] = []byte(terraformTemplate)
		return out
	}
	third := cells / 3
	out["main.tf"] = []byte(terraformInputs + terraformModule +
		fmt.Sprintf("locals {\n  keyed = { for i in range(%d) : format(\"k%%04d\", i) => i }\n}\n", third))
	out["rule.yaml.tftpl"] = []byte(terraformTemplate)
	var b strings.Builder
	for i := range cells - 2*third {
		b.WriteString(terraformCell(fmt.Sprintf("l%d", i), "", fmt.Sprintf("l%d", i), ""))
		if i%o.PerFile == o.PerFile-1 || i == cells-2*third-1 {
			out[fmt.Sprintf("literal_%04d.tf", i/o.PerFile)] = []byte(b.String())
			b.Reset()
		}
	}
	out["many.tf"] = []byte(terraformCell("counted", fmt.Sprintf("  count = %d\n", third), "n${count.index}", "[count.index]") +
		terraformCell("keyed", "  for_each = local.keyed\n", "${each.key}", "[each.key]"))
	return out
}

const terraformProviders = `provider "aws" {
  region = var.home
}
provider "aws" {
  alias  = "away"
  region = var.away
}
`

const terraformInputs = `variable "home" { default = "eu-west-1" }
variable "away" { default = "us-east-2" }
`

const terraformModule = `variable "region" { default = "eu-west-1" }
variable "probe" {
  type    = object({ interval = optional(number, 10), good = optional(number, 2), bad = optional(number, 3) })
  default = {}
}
locals {
  team   = "payments"
  domain = "${local.team}.example.com"
  zones  = [for z in ["a", "b", "c"] : "${var.region}${z}"]
  shares = { (var.region) = 90, standby = 10 }
}
`

const terraformTemplate = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  host: ${name}.${namespace}.svc.cluster.local
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5, interval: 10s, baseEjectionTime: 30s}
    loadBalancer:
      localityLbSetting:
        failoverPriority:
%{ for z in zones ~}
        - ${z}
%{ endfor ~}
`

// terraformCell is ten resources. Meta is a line with count or for_each, key the text that tells instances apart, and at how one is
// indexed.
func terraformCell(id, meta, key, at string) string {
	return strings.NewReplacer("META\n", meta, "KEY", key, "ID", id, "@", at).Replace(terraformResources)
}

const terraformResources = `resource "aws_lb" "ID" {
META
  name               = "${local.team}-KEY"
  load_balancer_type = "network"
}
resource "aws_lb_target_group" "ID" {
META
  name = "${local.team}-tg-KEY"
  health_check {
    path     = "/ready"
    interval = var.probe.interval
  }
}
resource "aws_lb_listener" "ID" {
META
  load_balancer_arn = aws_lb.ID@.arn
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.ID@.arn
  }
}
resource "aws_route53_health_check" "ID" {
META
  fqdn              = aws_lb.ID@.dns_name
  failure_threshold = var.probe.bad
}
resource "aws_route53_record" "ID" {
META
  name            = "KEY.${local.domain}"
  type            = "A"
  health_check_id = aws_route53_health_check.ID@.id
  failover_routing_policy {
    type = "PRIMARY"
  }
  alias {
    name                   = aws_lb.ID@.dns_name
    zone_id                = aws_lb.ID@.zone_id
    evaluate_target_health = true
  }
}
resource "aws_globalaccelerator_endpoint_group" "ID" {
META
  endpoint_group_region = var.region
  dynamic "endpoint_configuration" {
    for_each = local.shares
    content {
      endpoint_id = aws_lb.ID@.arn
      weight      = endpoint_configuration.value
    }
  }
}
resource "kubernetes_manifest" "ID" {
META
  manifest = yamldecode(templatefile("${path.module}/rule.yaml.tftpl", { name = "KEY", namespace = local.team, zones = local.zones }))
}
resource "kubectl_manifest" "ID" {
META
  yaml_body = <<-YAML
    apiVersion: networking.istio.io/v1
    kind: VirtualService
    metadata:
      name: ${local.team}-KEY
    spec:
      hosts: ["KEY.${local.domain}"]
      http:
      - route:
        - destination: {host: KEY.${local.team}.svc.cluster.local}
          weight: 90
        - destination: {host: ${aws_lb.ID@.dns_name}}
          weight: 10
  YAML
}
resource "consul_config_entry" "ID" {
META
  kind        = "service-resolver"
  name        = "${local.team}-KEY"
  config_json = jsonencode({ Failover = { "*" = { Targets = [for z in local.zones : { Datacenter = z }] } } })
}
resource "helm_release" "ID" {
META
  name   = "istiod-KEY"
  values = [yamlencode({ global = { meshID = local.team, multiCluster = { clusterName = "KEY" } }, shares = local.shares })]
}

`
