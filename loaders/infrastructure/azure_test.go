package infrastructure

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const trafficProfile = `
resource "azurerm_traffic_manager_profile" "p" {
  name                   = "pay"
  traffic_routing_method = "Priority"
  dns_config {
    relative_name = "Pay"
    ttl           = 30
  }
  monitor_config {
    protocol                     = "HTTPS"
    port                         = 443
    interval_in_seconds          = 10
    timeout_in_seconds           = 5
    tolerated_number_of_failures = 2
  }
}
resource "azurerm_public_ip" "west" { location = "West Europe" }
resource "azurerm_public_ip" "north" { location = "northeurope" }
`

func TestTrafficManager(t *testing.T) {
	runCloud(t, recordRows, []cloudCase{
		{"by priority, with the name that callers know", trafficProfile + `
resource "azurerm_traffic_manager_azure_endpoint" "north" {
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
resource "azurerm_dns_zone" "z" { name = "example.com" }
resource "azurerm_dns_cname_record" "pay" {
  name      = "pay"
  zone_name = azurerm_dns_zone.z.name
  ttl       = 300
  record    = azurerm_traffic_manager_profile.p.fqdn
}`, `
azurerm_traffic_manager_profile.p host=pay.example.com zone=example.com policy=ordered ttl=30s
  0 west -> ? in=westeurope check=http[3x10s+5s]
  1 north -> ? in=northeurope check=http[3x10s+5s]`},

		{"one that always serves, one that is off, and defaults of the monitor", `
resource "azurerm_traffic_manager_profile" "p" {
  traffic_routing_method = "Weighted"
  dns_config {
    relative_name = "pay"
    ttl           = 60
  }
  monitor_config {
    protocol = "TCP"
    port     = 443
  }
}
resource "azurerm_traffic_manager_external_endpoint" "a" {
  name                 = "a"
  profile_id           = azurerm_traffic_manager_profile.p.id
  target               = "a.westeurope.cloudapp.azure.com"
  weight               = 100
  always_serve_enabled = true
}
resource "azurerm_traffic_manager_external_endpoint" "b" {
  name              = "b"
  profile_id        = azurerm_traffic_manager_profile.p.id
  target            = "192.0.2.1"
  endpoint_location = "East US"
  weight            = 1
  enabled           = false
}`, `
azurerm_traffic_manager_profile.p host=pay.trafficmanager.net policy=shared ttl=1m0s
  0 a -> a.westeurope.cloudapp.azure.com in=westeurope weight=100 check=none
  0 b -> 192.0.2.1 in=eastus weight=1 enabled=false check=tcp[4x30s+10s]`},

		{"a profile of profiles; callers by place", trafficProfile + `
resource "azurerm_traffic_manager_profile" "top" {
  traffic_routing_method = "Geographic"
  dns_config {
    relative_name = "top"
    ttl           = 60
  }
  monitor_config {
    protocol = "HTTP"
    port     = 80
  }
}
resource "azurerm_traffic_manager_nested_endpoint" "eu" {
  name                    = "eu"
  profile_id              = azurerm_traffic_manager_profile.top.id
  target_resource_id      = azurerm_traffic_manager_profile.p.id
  minimum_child_endpoints = 1
  geo_mappings            = ["GEO-EU", "UK"]
}
resource "azurerm_traffic_manager_nested_endpoint" "world" {
  name                    = "world"
  profile_id              = azurerm_traffic_manager_profile.top.id
  target_resource_id      = azurerm_traffic_manager_profile.p.id
  minimum_child_endpoints = 2
  geo_mappings            = ["WORLD"]
}
resource "azurerm_traffic_manager_azure_endpoint" "west" {
  name               = "west"
  profile_id         = azurerm_traffic_manager_profile.p.id
  target_resource_id = azurerm_public_ip.west.id
}`, `
azurerm_traffic_manager_profile.p host=pay.trafficmanager.net policy=ordered ttl=30s
  0 west -> ? in=westeurope check=http[3x10s+5s]
azurerm_traffic_manager_profile.top host=top.trafficmanager.net policy=divided ttl=1m0s
  0 eu -> record azurerm_traffic_manager_profile.p for=GEO-EU, UK check=http[3x10s+5s follows]
  0 world -> record azurerm_traffic_manager_profile.p for=* check=?(it needs several healthy endpoints of the nested profile)`},

		{"nobody knows the order, the times, where, or how many", `
variable "v" {}
resource "azurerm_traffic_manager_profile" "p" {
  traffic_routing_method = "Priority"
  dns_config {
    relative_name = "pay"
    ttl           = var.v
  }
  monitor_config {
    protocol            = "HTTP"
    port                = 80
    interval_in_seconds = var.v
  }
}
resource "azurerm_public_ip" "x" { location = var.v }
resource "azurerm_traffic_manager_azure_endpoint" "a" {
  count              = var.v
  name               = "a"
  profile_id         = azurerm_traffic_manager_profile.p.id
  target_resource_id = azurerm_public_ip.x.id
}
resource "azurerm_traffic_manager_external_endpoint" "b" {
  name                 = "b"
  profile_id           = azurerm_traffic_manager_profile.p.id
  target               = var.v
  priority             = 1
  enabled              = var.v
  always_serve_enabled = var.v
}`, `
azurerm_traffic_manager_profile.p host=pay.trafficmanager.net policy=another ttl=?(variable v has no value) open=count of azurerm_traffic_manager_azure_endpoint.a is not known
  0 a -> ? in=?(variable v has no value) check=?(variable v has no value)
  0 b -> ? in=?(what it leads to is not in the inputs) enabled=?(variable v has no value) check=?(variable v has no value)`},

		{"an endpoint that may be of any profile", trafficProfile + `
variable "profile" {}
resource "azurerm_traffic_manager_azure_endpoint" "west" {
  name               = "west"
  profile_id         = var.profile
  target_resource_id = azurerm_public_ip.west.id
  priority           = 1
}`, `
azurerm_traffic_manager_profile.p host=pay.trafficmanager.net policy=ordered ttl=30s open=azurerm_traffic_manager_azure_endpoint.west may be a part of it: variable profile has no value`},
	})
}

const frontDoorParts = `
resource "azurerm_cdn_frontdoor_profile" "p" { name = "p" }
resource "azurerm_cdn_frontdoor_endpoint" "e" {
  name                     = "e"
  cdn_frontdoor_profile_id = azurerm_cdn_frontdoor_profile.p.id
}
resource "azurerm_cdn_frontdoor_custom_domain" "d" {
  for_each                 = toset(["pay.example.com", "shop.example.com"])
  cdn_frontdoor_profile_id = azurerm_cdn_frontdoor_profile.p.id
  host_name                = each.key
}
resource "azurerm_cdn_frontdoor_route" "all" {
  cdn_frontdoor_endpoint_id       = azurerm_cdn_frontdoor_endpoint.e.id
  cdn_frontdoor_origin_group_id   = azurerm_cdn_frontdoor_origin_group.g.id
  cdn_frontdoor_custom_domain_ids = [azurerm_cdn_frontdoor_custom_domain.d["pay.example.com"].id]
  patterns_to_match               = ["/*"]
}
resource "azurerm_linux_web_app" "west" { location = "West Europe" }
resource "azurerm_linux_web_app" "north" { location = "North Europe" }
`

func TestFrontDoor(t *testing.T) {
	runCloud(t, recordRows, []cloudCase{
		{"origins by priority, probed", frontDoorParts + `
resource "azurerm_cdn_frontdoor_origin_group" "g" {
  load_balancing {}
  health_probe {
    protocol            = "Https"
    interval_in_seconds = 30
  }
}
resource "azurerm_cdn_frontdoor_origin" "north" {
  name                          = "north"
  cdn_frontdoor_origin_group_id = azurerm_cdn_frontdoor_origin_group.g.id
  host_name                     = azurerm_linux_web_app.north.default_hostname
  priority                      = 2
}
resource "azurerm_cdn_frontdoor_origin" "west" {
  name                          = "west"
  cdn_frontdoor_origin_group_id = azurerm_cdn_frontdoor_origin_group.g.id
  host_name                     = azurerm_linux_web_app.west.default_hostname
}
resource "azurerm_dns_cname_record" "pay" {
  name      = "pay"
  zone_name = "example.com"
  ttl       = 300
  record    = azurerm_cdn_frontdoor_endpoint.e.host_name
}`, `
azurerm_cdn_frontdoor_route.all host=pay.example.com policy=ordered ttl=0s
  0 west -> ? in=westeurope weight=500 check=http[2x30s+0s]
  1 north -> ? in=northeurope weight=500 check=http[2x30s+0s]`},

		{"no probe", frontDoorParts + `
resource "azurerm_cdn_frontdoor_origin_group" "g" {
  load_balancing {}
}
resource "azurerm_cdn_frontdoor_origin" "o" {
  for_each                      = { west = azurerm_linux_web_app.west.default_hostname, north = azurerm_linux_web_app.north.default_hostname }
  name                          = each.key
  cdn_frontdoor_origin_group_id = azurerm_cdn_frontdoor_origin_group.g.id
  host_name                     = each.value
  enabled                       = each.key == "west"
}`, `
azurerm_cdn_frontdoor_route.all host=pay.example.com policy=nearest ttl=0s
  0 north -> ? in=northeurope weight=500 enabled=false check=none
  0 west -> ? in=westeurope weight=500 enabled=true check=none`},

		{"nobody knows the probe, the priority or the group", frontDoorParts + `
variable "v" {}
resource "azurerm_cdn_frontdoor_origin_group" "g" {
  load_balancing { sample_size = var.v }
  health_probe {
    protocol            = "Https"
    interval_in_seconds = 30
  }
}
resource "azurerm_cdn_frontdoor_origin" "west" {
  name                          = "west"
  cdn_frontdoor_origin_group_id = azurerm_cdn_frontdoor_origin_group.g.id
  host_name                     = var.v
  priority                      = var.v
}
resource "azurerm_cdn_frontdoor_origin" "north" {
  name                          = "north"
  cdn_frontdoor_origin_group_id = azurerm_cdn_frontdoor_origin_group.g.id
  host_name                     = azurerm_linux_web_app.north.default_hostname
}
resource "azurerm_cdn_frontdoor_route" "other" {
  cdn_frontdoor_origin_group_id = var.v
  patterns_to_match             = ["/other/*"]
}`, `
azurerm_cdn_frontdoor_route.all host=pay.example.com policy=another ttl=0s
  0 north -> ? in=northeurope weight=500 check=?(variable v has no value)
  0 west -> ? in=?(what it leads to is not in the inputs) weight=500 check=?(variable v has no value)
azurerm_cdn_frontdoor_route.other cause=it is for some paths alone policy=nearest ttl=0s open=variable v has no value`},

		{"the classic one", `
resource "azurerm_frontdoor" "f" {
  name = "f"
  routing_rule {
    name               = "all"
    patterns_to_match  = ["/*"]
    frontend_endpoints = ["azure", "own"]
    forwarding_configuration { backend_pool_name = "pool" }
  }
  frontend_endpoint {
    name      = "azure"
    host_name = "f.azurefd.net"
  }
  frontend_endpoint {
    name      = "own"
    host_name = "pay.example.com"
  }
  backend_pool_load_balancing { name = "lb" }
  backend_pool_health_probe {
    name                = "on"
    interval_in_seconds = 60
  }
  backend_pool_health_probe {
    name    = "off"
    enabled = false
  }
  backend_pool {
    name                = "pool"
    load_balancing_name = "lb"
    health_probe_name   = "on"
    backend {
      address  = "b.northeurope.cloudapp.azure.com"
      priority = 2
    }
    backend { address = "a.westeurope.cloudapp.azure.com" }
  }
}`, `
azurerm_frontdoor.f host=pay.example.com policy=ordered ttl=0s
  0 a.westeurope.cloudapp.azure.com -> a.westeurope.cloudapp.azure.com in=westeurope weight=50 check=http[3x1m0s+0s]
  1 b.northeurope.cloudapp.azure.com -> b.northeurope.cloudapp.azure.com in=northeurope weight=50 check=http[3x1m0s+0s]`},
	})
}

func TestAzureNames(t *testing.T) {
	runCloud(t, recordRows, []cloudCase{{"plain, of a load balancer, unknown", `
variable "v" {}
resource "azurerm_public_ip" "ip" {
  location = "westeurope"
  zones    = ["1", "2"]
}
resource "azurerm_lb" "lb" {
  name     = "lb"
  location = "westeurope"
  frontend_ip_configuration { public_ip_address_id = azurerm_public_ip.ip.id }
}
resource "azurerm_dns_a_record" "apex" {
  name      = "@"
  zone_name = "example.com"
  ttl       = 300
  records   = ["192.0.2.1", "192.0.2.2"]
}
resource "azurerm_dns_a_record" "lb" {
  name               = "lb"
  zone_name          = "example.com"
  ttl                = 60
  target_resource_id = azurerm_public_ip.ip.id
}
resource "azurerm_dns_a_record" "unknown" {
  name      = var.v
  zone_name = "example.com"
  ttl       = 60
  records   = var.v
}
resource "azurerm_dns_cname_record" "proof" {
  name      = "_dnsauth"
  zone_name = "example.com"
  ttl       = 60
  record    = "x.example.net"
}`, `
azurerm_dns_a_record.apex host=example.com zone=example.com policy=any ttl=5m0s
  0 192.0.2.1 -> 192.0.2.1 in=?(what it leads to is not in the inputs) check=none
  0 192.0.2.2 -> 192.0.2.2 in=?(what it leads to is not in the inputs) check=none
azurerm_dns_a_record.lb host=lb.example.com zone=example.com policy=single ttl=1m0s
  0 lb -> azurerm_lb.lb in=westeurope check=none
azurerm_dns_a_record.unknown cause=variable v has no value zone=example.com policy=single ttl=1m0s open=variable v has no value`}})
}

func TestAKS(t *testing.T) {
	runCloud(t, clusterRows, []cloudCase{{"zones of all pools, and unknown ones", `
variable "v" {}
resource "azurerm_kubernetes_cluster" "a" {
  name     = "a"
  location = "West Europe"
  default_node_pool { zones = ["1", "2"] }
}
resource "azurerm_kubernetes_cluster_node_pool" "more" {
  kubernetes_cluster_id = azurerm_kubernetes_cluster.a.id
  zones                 = ["3"]
}
resource "azurerm_kubernetes_cluster" "b" {
  name     = "b"
  location = var.v
  default_node_pool { zones = ["1", "2"] }
}
data "azurerm_kubernetes_cluster" "c" { name = "c" }`, `
azurerm_kubernetes_cluster.a name=a in=westeurope zones=westeurope-1,westeurope-2,westeurope-3
azurerm_kubernetes_cluster.b name=b in=?(variable v has no value)
data.azurerm_kubernetes_cluster.c name=c in=?(data source: data.azurerm_kubernetes_cluster.c)`}})
}

func TestAzureStores(t *testing.T) {
	runCloud(t, storeRows, []cloudCase{
		{"storage accounts by replication", `
variable "v" {}
resource "azurerm_storage_account" "s" {
  for_each                 = toset(["LRS", "ZRS", "RAGRS", "GZRS"])
  name                     = lower(each.key)
  location                 = "westeurope"
  account_replication_type = each.key
  blob_properties { versioning_enabled = each.key == "GZRS" }
}
resource "azurerm_storage_account" "unknown" {
  location                 = var.v
  account_replication_type = var.v
}`, `
azurerm_storage_account.s["GZRS"] bucket name=gzrs in=westeurope spread=true versioned=true
  replica in=?(Azure copies to the paired region)
azurerm_storage_account.s["LRS"] bucket name=lrs in=westeurope spread=false versioned=false
azurerm_storage_account.s["RAGRS"] bucket name=ragrs in=westeurope spread=false versioned=false
  replica in=?(Azure copies to the paired region)
azurerm_storage_account.s["ZRS"] bucket name=zrs in=westeurope spread=true versioned=false
azurerm_storage_account.unknown bucket in=?(variable v has no value) spread=?(variable v has no value) versioned=false open=variable v has no value`},

		{"Cosmos DB", `
variable "v" {}
resource "azurerm_cosmosdb_account" "two" {
  name = "two"
  geo_location {
    location          = "North Europe"
    failover_priority = 1
  }
  geo_location {
    location          = "westeurope"
    failover_priority = 0
    zone_redundant    = true
  }
  backup {
    type = "Continuous"
    tier = "Continuous7Days"
  }
}
resource "azurerm_cosmosdb_account" "one" {
  geo_location {
    location          = "westeurope"
    failover_priority = 0
  }
  backup {
    type               = "Periodic"
    storage_redundancy = "Local"
  }
}
resource "azurerm_cosmosdb_account" "unknown" {
  geo_location {
    location          = var.v
    failover_priority = 0
  }
  geo_location {
    location          = "westeurope"
    failover_priority = var.v
  }
  backup { type = var.v }
}
resource "azurerm_management_lock" "l" {
  scope      = azurerm_cosmosdb_account.two.id
  lock_level = "CanNotDelete"
}`, `
azurerm_cosmosdb_account.one database in=westeurope spread=false writable=true backups=0.3333333333333333d pitr=false
azurerm_cosmosdb_account.two database name=two in=westeurope spread=true writable=true backups=7d pitr=true protected=true
  replica in=northeurope
azurerm_cosmosdb_account.unknown database in=?(variable v has no value) spread=false writable=true backups=?(variable v has no value) pitr=?(variable v has no value) open=variable v has no value`},

		{"databases and their copies", `
variable "v" {}
resource "azurerm_postgresql_flexible_server" "main" {
  name                         = "main"
  location                     = "westeurope"
  backup_retention_days        = 14
  geo_redundant_backup_enabled = true
  high_availability { mode = "ZoneRedundant" }
}
resource "azurerm_postgresql_flexible_server" "replica" {
  name             = "replica"
  location         = "northeurope"
  create_mode      = "Replica"
  source_server_id = azurerm_postgresql_flexible_server.main.id
}
resource "azurerm_mysql_flexible_server" "m" {
  location                     = var.v
  geo_redundant_backup_enabled = var.v
}
resource "azurerm_mssql_server" "west" { location = "West Europe" }
resource "azurerm_mssql_server" "north" { location = "North Europe" }
resource "azurerm_mssql_database" "pay" {
  name                 = "pay"
  server_id            = azurerm_mssql_server.west.id
  storage_account_type = "Local"
}
resource "azurerm_mssql_database" "alone" {
  name                 = "alone"
  server_id            = azurerm_mssql_server.west.id
  storage_account_type = "Zone"
  short_term_retention_policy { retention_days = 1 }
}
resource "azurerm_mssql_failover_group" "g" {
  server_id = azurerm_mssql_server.west.id
  databases = [azurerm_mssql_database.pay.id]
  partner_server { id = azurerm_mssql_server.north.id }
  read_write_endpoint_failover_policy { mode = "Automatic" }
}`, `
azurerm_mssql_database.alone database name=alone in=westeurope spread=false writable=true backups=1d pitr=true
azurerm_mssql_database.pay database name=pay in=westeurope spread=false writable=true backups=7d pitr=true
  replica in=northeurope
azurerm_mysql_flexible_server.m database in=?(variable v has no value) spread=false writable=true backups=7d pitr=true open=variable v has no value
azurerm_postgresql_flexible_server.main database name=main in=westeurope spread=true writable=true backups=14d pitr=true
  backup in=?(Azure copies to the paired region)
azurerm_postgresql_flexible_server.replica database name=replica in=northeurope spread=false copies=azurerm_postgresql_flexible_server.main writable=false`},

		{"a group of nobody knows which databases", `
variable "v" {}
resource "azurerm_mssql_server" "west" { location = "West Europe" }
resource "azurerm_mssql_database" "pay" {
  server_id            = azurerm_mssql_server.west.id
  storage_account_type = "Local"
}
resource "azurerm_mssql_failover_group" "g" {
  databases = var.v
  partner_server { id = var.v }
}`, `
azurerm_mssql_database.pay database in=westeurope spread=false writable=true backups=7d pitr=true open=azurerm_mssql_failover_group.g may copy it: variable v has no value`},

		{"caches, registries and vaults", `
resource "azurerm_redis_cache" "a" {
  location = "westeurope"
  zones    = ["1", "2"]
}
resource "azurerm_redis_cache" "b" { location = "northeurope" }
resource "azurerm_redis_linked_server" "l" {
  target_redis_cache_name = azurerm_redis_cache.a.name
  linked_redis_cache_id   = azurerm_redis_cache.b.id
  server_role             = "Secondary"
}
resource "azurerm_container_registry" "r" {
  location = "westeurope"
  georeplications { location = "North Europe" }
}
resource "azurerm_key_vault" "v" { location = "westeurope" }`, `
azurerm_container_registry.r registry in=westeurope spread=false
  replica in=northeurope
azurerm_key_vault.v secret in=westeurope spread=true protected=false
  replica in=?(Azure copies to the paired region)
azurerm_redis_cache.a cache in=westeurope spread=true
azurerm_redis_cache.b cache in=northeurope spread=false copies=azurerm_redis_cache.a writable=false`},
	})
}

// The line that gives an endpoint its place in the order is that of its priority, and says which call of the module made it.
func TestTrafficManagerPositions(t *testing.T) {
	out := build(t, `
module "eu" {
  source = "./tm"
  first  = 1
}
module "us" {
  source = "./tm"
  first  = 3
}
-- tm/main.tf --
variable "first" {}
resource "azurerm_traffic_manager_profile" "p" {
  traffic_routing_method = "Priority"
  dns_config {
    relative_name = "p${var.first}"
    ttl           = 60
  }
  monitor_config { protocol = "TCP" }
}
resource "azurerm_traffic_manager_external_endpoint" "a" {
  profile_id = azurerm_traffic_manager_profile.p.id
  target     = "192.0.2.1"
  priority   = 2
}
resource "azurerm_traffic_manager_external_endpoint" "b" {
  profile_id           = azurerm_traffic_manager_profile.p.id
  target               = "192.0.2.2"
  priority             = var.first
  always_serve_enabled = true
}`)
	var got []string
	for _, r := range out.Records {
		for _, m := range r.Members {
			at := m.RankOrigin.Position()
			got = append(got, fmt.Sprintf("%s %s %s:%d via %s:%d check %d", r.Host, m.Target.V, at.File, at.Line, at.Via[0].What, at.Via[0].Line, m.Check.Origin.Position().Line))
		}
	}
	want := []string{
		"p1.trafficmanager.net 192.0.2.2 tm/main.tf:18 via module.eu:2 check 19",
		"p1.trafficmanager.net 192.0.2.1 tm/main.tf:13 via module.eu:2 check 8",
		"p3.trafficmanager.net 192.0.2.1 tm/main.tf:13 via module.us:6 check 8",
		"p3.trafficmanager.net 192.0.2.2 tm/main.tf:18 via module.us:6 check 19",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
