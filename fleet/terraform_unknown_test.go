package fleet_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// family is a module of one family of resources, with what may be unknown: its REGION, a CHECK, and how many there are (COUNT).
// With an unknown region, the loss of the standby's region decides: the other side may lie there as well.
type family struct{ standby, region, check, module string }

const awsSides = `
provider "aws" { region = REGION }
provider "aws" {
  alias  = "west"
  region = "us-west-2"
}
resource "aws_lb" "east" { name = "east" }
resource "aws_lb" "west" {
  provider = aws.west
  name     = "west"
}
`

const route53Sides = awsSides + `
resource "aws_route53_zone" "z" { name = "example.com" }
resource "aws_route53_health_check" "c" {
  fqdn              = aws_lb.east.dns_name
  type              = "HTTPS"
  request_interval  = CHECK
  failure_threshold = 2
}
resource "aws_route53_record" "east" {
  COUNT
  zone_id         = aws_route53_zone.z.id
  name            = "pay.example.com"
  type            = "CNAME"
  ttl             = 30
  records         = [aws_lb.east.dns_name]
  set_identifier  = "east"
  health_check_id = aws_route53_health_check.c.id
  failover_routing_policy { type = "PRIMARY" }
}
resource "aws_route53_record" "west" {
  zone_id        = aws_route53_zone.z.id
  name           = "pay.example.com"
  type           = "CNAME"
  ttl            = 30
  records        = [aws_lb.west.dns_name]
  set_identifier = "west"
  failover_routing_policy { type = "SECONDARY" }
}
`

// families are the modules; names in them are pay.example.com.
var families = map[string]family{
	"Route 53": {"us-west-2", "us-east-1", "10", route53Sides},
	"load balancer": {"us-west-2", "us-east-1", "true", awsSides + `
resource "aws_route53_zone" "z" { name = "example.com" }
resource "aws_lb_target_group" "east" {
  protocol = "HTTPS"
  health_check {
    enabled  = CHECK
    interval = 10
  }
}
resource "aws_route53_record" "r" {
  for_each       = { PRIMARY = aws_lb.east, SECONDARY = aws_lb.west }
  zone_id        = aws_route53_zone.z.id
  name           = "pay.example.com"
  type           = "A"
  set_identifier = each.key
  failover_routing_policy { type = each.key }
  alias {
    name                   = each.value.dns_name
    zone_id                = each.value.zone_id
    evaluate_target_health = true
  }
}
resource "aws_lb_listener" "east" {
  COUNT
  load_balancer_arn = aws_lb.east.arn
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.east.arn
  }
}`},
	"Global Accelerator": {"us-west-2", "us-east-1", "10", awsSides + `
resource "aws_globalaccelerator_accelerator" "a" { name = "pay" }
resource "aws_globalaccelerator_listener" "l" {
  accelerator_arn = aws_globalaccelerator_accelerator.a.id
  protocol        = "TCP"
  port_range {
    from_port = 443
    to_port   = 443
  }
}
resource "aws_globalaccelerator_endpoint_group" "east" {
  COUNT
  listener_arn                  = aws_globalaccelerator_listener.l.id
  health_check_interval_seconds = CHECK
  endpoint_configuration { endpoint_id = aws_lb.east.arn }
}
resource "aws_globalaccelerator_endpoint_group" "west" {
  listener_arn          = aws_globalaccelerator_listener.l.id
  endpoint_group_region = "us-west-2"
  endpoint_configuration { endpoint_id = aws_lb.west.arn }
}
resource "aws_route53_record" "r" {
  zone_id = "Z1"
  name    = "pay.example.com."
  type    = "A"
  alias {
    name                   = aws_globalaccelerator_accelerator.a.dns_name
    zone_id                = "Z2"
    evaluate_target_health = false
  }
}`},
	"Traffic Manager": {"northeurope", "westeurope", "10", `
resource "azurerm_traffic_manager_profile" "p" {
  traffic_routing_method = "Priority"
  dns_config {
    relative_name = "pay"
    ttl           = 30
  }
  monitor_config {
    protocol                     = "HTTPS"
    port                         = 443
    interval_in_seconds          = CHECK
    timeout_in_seconds           = 5
    tolerated_number_of_failures = 2
  }
}
resource "azurerm_public_ip" "west" { location = REGION }
resource "azurerm_public_ip" "north" { location = "northeurope" }
resource "azurerm_traffic_manager_azure_endpoint" "north" {
  COUNT
  name               = "north"
  profile_id         = azurerm_traffic_manager_profile.p.id
  target_resource_id = azurerm_public_ip.north.id
  priority           = 200
}
resource "azurerm_traffic_manager_azure_endpoint" "west" {
  name               = "west"
  profile_id         = azurerm_traffic_manager_profile.p.id
  target_resource_id = azurerm_public_ip.west.id
  priority           = 100
}
`},
	"Front Door": {"northeurope", "westeurope", "30", `
resource "azurerm_cdn_frontdoor_profile" "p" { name = "p" }
resource "azurerm_cdn_frontdoor_endpoint" "e" {
  name                     = "e"
  cdn_frontdoor_profile_id = azurerm_cdn_frontdoor_profile.p.id
}
resource "azurerm_cdn_frontdoor_custom_domain" "d" {
  cdn_frontdoor_profile_id = azurerm_cdn_frontdoor_profile.p.id
  host_name                = "pay.example.com"
}
resource "azurerm_cdn_frontdoor_route" "all" {
  cdn_frontdoor_endpoint_id       = azurerm_cdn_frontdoor_endpoint.e.id
  cdn_frontdoor_origin_group_id   = azurerm_cdn_frontdoor_origin_group.g.id
  cdn_frontdoor_custom_domain_ids = [azurerm_cdn_frontdoor_custom_domain.d.id]
  patterns_to_match               = ["/*"]
}
resource "azurerm_linux_web_app" "west" { location = REGION }
resource "azurerm_linux_web_app" "north" { location = "North Europe" }
resource "azurerm_cdn_frontdoor_origin_group" "g" {
  load_balancing {}
  health_probe {
    protocol            = "Https"
    interval_in_seconds = CHECK
  }
}
resource "azurerm_cdn_frontdoor_origin" "north" {
  COUNT
  name                          = "north"
  cdn_frontdoor_origin_group_id = azurerm_cdn_frontdoor_origin_group.g.id
  host_name                     = azurerm_linux_web_app.north.default_hostname
  priority                      = 2
}
resource "azurerm_cdn_frontdoor_origin" "west" {
  name                          = "west"
  cdn_frontdoor_origin_group_id = azurerm_cdn_frontdoor_origin_group.g.id
  host_name                     = azurerm_linux_web_app.west.default_hostname
}`},
	"Cloudflare": {"us-west-2", "us-east-1", "60", awsSides + `
resource "cloudflare_zone" "z" { name = "example.com" }
resource "cloudflare_load_balancer_monitor" "m" {
  type     = "https"
  interval = CHECK
  timeout  = 5
  retries  = 2
}
resource "cloudflare_load_balancer_pool" "east" {
  COUNT
  name    = "east"
  origins = [{ name = "a", address = aws_lb.east.dns_name }]
  monitor = cloudflare_load_balancer_monitor.m.id
}
resource "cloudflare_load_balancer_pool" "west" {
  name    = "west"
  origins = [{ name = "b", address = aws_lb.west.dns_name }]
  monitor = cloudflare_load_balancer_monitor.m.id
}
resource "cloudflare_load_balancer" "lb" {
  zone_id         = cloudflare_zone.z.id
  name            = "pay.example.com"
  default_pools   = concat(cloudflare_load_balancer_pool.east[*].id, [cloudflare_load_balancer_pool.west.id])
  fallback_pool   = cloudflare_load_balancer_pool.west.id
  steering_policy = "off"
  proxied         = true
}`},
	"Google backend service": {"us-west1", "us-east1", "10", `
resource "google_compute_global_address" "a" { name = "pay" }
resource "google_compute_health_check" "hc" {
  check_interval_sec = CHECK
  http_health_check { port = 80 }
}
resource "google_compute_url_map" "m" { default_service = google_compute_backend_service.s.id }
resource "google_compute_target_https_proxy" "p" { url_map = google_compute_url_map.m.id }
resource "google_compute_global_forwarding_rule" "https" {
  ip_address = google_compute_global_address.a.address
  port_range = "443"
  target     = google_compute_target_https_proxy.p.id
}
resource "google_compute_region_instance_group_manager" "east" {
  name   = "east"
  region = REGION
}
resource "google_compute_network_endpoint_group" "west" {
  name = "west"
  zone = "us-west1-b"
}
resource "google_compute_backend_service" "s" {
  health_checks = [google_compute_health_check.hc.id]
  backend { group = google_compute_region_instance_group_manager.east.instance_group }
  backend { group = google_compute_network_endpoint_group.west.id }
}
resource "google_dns_record_set" "r" {
  COUNT
  name         = "pay.example.com."
  managed_zone = "main"
  type         = "A"
  ttl          = 300
  rrdatas      = [google_compute_global_address.a.address]
}`},
	"RDS": {"us-west-2", "us-east-1", "", awsSides + `
resource "aws_db_instance" "pay" {
  identifier              = "pay"
  engine                  = "postgres"
  backup_retention_period = 7
  deletion_protection     = true
}
resource "aws_db_instance" "copy" {
  COUNT
  provider            = aws.west
  replicate_source_db = aws_db_instance.pay.arn
  deletion_protection = true
}`},
	"DynamoDB": {"us-west-2", "us-east-1", "", awsSides + `
resource "aws_dynamodb_table" "pay" {
  COUNT
  name                        = "pay"
  deletion_protection_enabled = true
  point_in_time_recovery { enabled = true }
  replica { region_name = "us-west-2" }
}`},
	"S3": {"us-west-2", "us-east-1", "", awsSides + `
resource "aws_s3_bucket" "a" { bucket = "a" }
resource "aws_s3_bucket" "b" {
  provider = aws.west
  bucket   = "b"
}
resource "aws_s3_bucket_versioning" "v" {
  for_each = { a = aws_s3_bucket.a.id, b = aws_s3_bucket.b.id }
  bucket   = each.value
  versioning_configuration { status = "Enabled" }
}
resource "aws_s3_bucket_replication_configuration" "r" {
  COUNT
  bucket = aws_s3_bucket.a.id
  role   = "x"
  rule {
    status = "Enabled"
    destination { bucket = aws_s3_bucket.b.arn }
  }
}`},
	"EKS": {"us-west-2", "us-east-1", "", awsSides + `
resource "aws_eks_cluster" "c" {
  COUNT
  name = "east"
}`},
	"helm_release": {"us-west-2", "us-east-1", "", awsSides + `
provider "helm" {
  alias = "east"
}
resource "helm_release" "r" {
  COUNT
  provider = helm.east
  name     = "r"
  chart    = "r"
  version  = REGION
  atomic   = true
}`},
	"kubectl_manifest": {"us-west-2", "us-east-1", "", awsSides + `
provider "kubectl" {
  alias = "east"
}
resource "kubectl_manifest" "m" {
  COUNT
  provider  = kubectl.east
  yaml_body = "apiVersion: v1\nkind: Service\nmetadata: {name: pay, namespace: shop, labels: {r: '${REGION}'}}\nspec: {selector: {app: pay}, ports: [{port: 80}]}\n"
}`},
	"consul_config_entry": {"us-west-2", "us-east-1", "", awsSides + `
provider "consul" { datacenter = "east" }
resource "consul_config_entry" "e" {
  COUNT
  kind        = "service-resolver"
  name        = "pay"
  config_json = jsonencode({ Failover = { "*" = { Datacenters = [REGION] } } })
}`},
	"backend s3": {"us-west-2", "us-east-1", "", awsSides + `
terraform {
  backend "s3" {
    bucket       = "state"
    key          = "x"
    region       = "us-east-1"
    use_lockfile = true
  }
}
resource "aws_s3_bucket" "state" {
  COUNT
  bucket = "state"
}
resource "aws_s3_bucket_versioning" "state" {
  bucket = "state"
  versioning_configuration { status = "Enabled" }
}`},
}

// Whatever is not known of any family is neither an error nor a pass.
func TestNothingUnknownIsAnErrorOrAPass(t *testing.T) {
	const head = `
-- muster.yaml --
apiVersion: passmuster.dev/v1
clusters: [{name: east, region: us-east-1}, {name: west, region: us-west-2}]
environments: {prod: {clusters: [east, west], terraform: infra}}
objectives: [{match: {service: pay.*}, survive: [region, "region=STANDBY"]}]
-- infra/main.tf --
variable "unknown" {}
`
	for name, fam := range families {
		for what, with := range map[string][3]string{
			"nothing":  {`"` + fam.region + `"`, "", fam.check},
			"region":   {"var.unknown", "", fam.check},
			"count":    {`"` + fam.region + `"`, "count = var.unknown", fam.check},
			"for_each": {`"` + fam.region + `"`, "for_each = var.unknown", fam.check},
			"check":    {`"` + fam.region + `"`, "", "var.unknown"},
		} {
			if what == "check" && fam.check == "" {
				continue
			}
			t.Run(name+"/"+what, func(t *testing.T) {
				_, m, findings := judge(t, strings.NewReplacer("STANDBY", fam.standby, "REGION", with[0], "COUNT", with[1], "CHECK", with[2]).Replace(head+fam.module))
				for _, x := range findings {
					if x.Level == analyzer.Error && x.Rule.ID != notProven {
						t.Errorf("%s %s", render(x), x.Message)
					}
				}
				survives, decided := 0, 0
				for _, c := range m.Cells {
					if c.Service.Name == "" || !strings.HasPrefix(c.Service.Name, "pay.") || !strings.HasPrefix(c.Scenario.String(), "region=") {
						continue
					}
					if c.Scenario.String() == "region="+fam.standby {
						decided++
					}
					if c.Outcome == failover.Survives {
						survives++
						if what != "nothing" && (what != "region" || c.Scenario.String() == "region="+fam.standby) {
							t.Errorf("%s under %s survives: %s", c.Scenario, c.Fault, c.Reason)
						}
					}
				}
				if what == "nothing" && slices.Contains([]string{"Route 53", "load balancer", "Traffic Manager", "Front Door", "Google backend service"}, name) && survives == 0 {
					t.Error("nothing survives although everything is known")
				}
				if what == "region" && fam.check != "" && decided == 0 {
					t.Error("the region of the standby has no cell")
				}
			})
		}
	}
}

// notProven says that an objective is not proven, which holds wherever anything is unknown.
const notProven = "DR110"
