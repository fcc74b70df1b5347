package infrastructure

import "testing"

const googleRules = `
provider "google" { region = "us-central1" }
resource "google_dns_managed_zone" "z" {
  name     = "main"
  dns_name = "example.com."
}
resource "google_compute_region_health_check" "hc" {
  check_interval_sec = 10
  tcp_health_check { port = 80 }
}
resource "google_compute_region_backend_service" "east" {
  region        = "us-east1"
  health_checks = [google_compute_region_health_check.hc.id]
}
resource "google_compute_forwarding_rule" "east" {
  name                  = "east"
  region                = "us-east1"
  load_balancing_scheme = "INTERNAL"
  backend_service       = google_compute_region_backend_service.east.id
}
`

func TestCloudDNS(t *testing.T) {
	runCloud(t, recordRows, []cloudCase{
		{"a failover of an internal load balancer to plain addresses", googleRules + `
resource "google_dns_record_set" "r" {
  name         = "pay.${google_dns_managed_zone.z.dns_name}"
  managed_zone = google_dns_managed_zone.z.name
  type         = "A"
  ttl          = 30
  routing_policy {
    primary_backup {
      primary {
        internal_load_balancers {
          load_balancer_type = "regionalL4ilb"
          ip_address         = google_compute_forwarding_rule.east.ip_address
          region             = google_compute_forwarding_rule.east.region
        }
      }
      backup_geo {
        location = "us-west1"
        rrdatas  = ["10.0.0.1"]
      }
    }
  }
}`, `
google_dns_record_set.r host=pay.example.com zone=main policy=ordered ttl=30s
  0 primary -> google_compute_forwarding_rule.east in=us-east1 check=tcp[2x10s+5s follows asks google_compute_forwarding_rule.east]
  1 backup us-west1 -> 10.0.0.1 in=?(what it leads to is not in the inputs) check=none`},

		{"a load balancer with proxies, and one that is not in the inputs", googleRules + `
variable "ip" {}
resource "google_dns_record_set" "r" {
  name         = "pay.example.com."
  managed_zone = "main"
  type         = "A"
  ttl          = 30
  routing_policy {
    wrr {
      weight = 0.8
      health_checked_targets {
        internal_load_balancers {
          load_balancer_type = "regionalL7ilb"
          ip_address         = google_compute_forwarding_rule.east.ip_address
        }
      }
    }
    wrr {
      weight = 0
      health_checked_targets {
        internal_load_balancers {
          load_balancer_type = "regionalL4ilb"
          ip_address         = var.ip
        }
      }
    }
  }
}`, `
google_dns_record_set.r host=pay.example.com zone=main policy=shared ttl=30s
  0 0.8 -> google_compute_forwarding_rule.east in=us-east1 weight=800 check=?(Cloud DNS asks the proxies of the load balancer, and not what is behind them)
  0 0 -> ? in=?(what it leads to is not in the inputs) weight=0 check=?(the load balancer is not in the inputs)`},

		{"external endpoints are asked one by one; a fence divides callers", `
resource "google_compute_health_check" "hc" {
  check_interval_sec = 30
  source_regions     = ["us-east1", "us-west1", "europe-west1"]
  https_health_check { request_path = "/" }
}
resource "google_compute_address" "east" { region = "us-east1" }
resource "google_dns_record_set" "r" {
  name         = "pay.example.com."
  managed_zone = "main"
  type         = "A"
  ttl          = 60
  routing_policy {
    enable_geo_fencing = true
    health_check       = google_compute_health_check.hc.id
    geo {
      location = "us-east1"
      health_checked_targets { external_endpoints = [google_compute_address.east.address] }
    }
    geo {
      location = "europe-west1"
      rrdatas  = ["192.0.2.2"]
    }
  }
}`, `
google_dns_record_set.r host=pay.example.com zone=main policy=divided ttl=1m0s
  0 us-east1 -> ? in=us-east1 for=us-east1 check=http[2x30s+5s]
  0 europe-west1 -> 192.0.2.2 in=?(what it leads to is not in the inputs) for=europe-west1 check=none`},

		{"nobody knows the name, the items, the times, or how many", `
variable "name" {}
variable "items" { type = list(string) }
variable "n" {}
variable "interval" {}
resource "google_compute_health_check" "hc" {
  check_interval_sec = var.interval
  http_health_check { port = 80 }
}
resource "google_dns_record_set" "items" {
  name         = var.name
  managed_zone = "main"
  type         = "A"
  ttl          = 60
  routing_policy {
    dynamic "geo" {
      for_each = var.items
      content {
        location = geo.value
        rrdatas  = ["192.0.2.1"]
      }
    }
  }
}
resource "google_dns_record_set" "many" {
  count        = var.n
  name         = "many.example.com."
  managed_zone = "main"
  type         = "A"
  routing_policy {
    health_check = google_compute_health_check.hc.id
    primary_backup {
      primary { external_endpoints = ["192.0.2.1"] }
      backup_geo {
        location = "us-east1"
        health_checked_targets { external_endpoints = ["192.0.2.2"] }
      }
    }
  }
}`, `
google_dns_record_set.items cause=variable name has no value zone=main policy=another ttl=1m0s open=for_each of dynamic geo is not known; variable items has no value
google_dns_record_set.many[?] host=many.example.com zone=main policy=ordered ttl=?(Cloud DNS decides it) open=count of google_dns_record_set.many is not known
  0 primary -> 192.0.2.1 in=?(what it leads to is not in the inputs) check=?(variable interval has no value)
  1 backup us-east1 -> 192.0.2.2 in=?(what it leads to is not in the inputs) check=?(variable interval has no value)`},
	})
}

const googleFront = `
resource "google_compute_global_address" "a" { name = "pay" }
resource "google_compute_health_check" "hc" {
  http_health_check { port = 80 }
}
resource "google_compute_url_map" "m" { default_service = google_compute_backend_service.s.id }
resource "google_compute_url_map" "redirect" {
  default_url_redirect { https_redirect = true }
}
resource "google_compute_target_https_proxy" "p" { url_map = google_compute_url_map.m.id }
resource "google_compute_target_http_proxy" "p" { url_map = google_compute_url_map.redirect.id }
resource "google_compute_global_forwarding_rule" "https" {
  ip_address = google_compute_global_address.a.address
  port_range = "443"
  target     = google_compute_target_https_proxy.p.id
}
resource "google_compute_global_forwarding_rule" "http" {
  ip_address = google_compute_global_address.a.address
  port_range = "80-80"
  target     = google_compute_target_http_proxy.p.id
}
resource "google_compute_region_instance_group_manager" "east" {
  name   = "east"
  region = "us-east1"
}
resource "google_compute_network_endpoint_group" "west" {
  name = "west"
  zone = "us-west1-b"
}
`

func TestGoogleLoadBalancers(t *testing.T) {
	runCloud(t, recordRows, []cloudCase{
		{"the name of the address is the name of the load balancer", googleFront + `
resource "google_compute_backend_service" "s" {
  health_checks = [google_compute_health_check.hc.id]
  backend { group = google_compute_region_instance_group_manager.east.instance_group }
  backend { group = google_compute_network_endpoint_group.west.id }
  backend {
    group           = "projects/p/zones/europe-west1-c/networkEndpointGroups/k8s1"
    capacity_scaler = 0
  }
}
resource "google_dns_record_set" "r" {
  for_each     = toset(["pay", "shop"])
  name         = "${each.key}.example.com."
  managed_zone = "main"
  type         = "A"
  ttl          = 300
  rrdatas      = [google_compute_global_address.a.address]
}`, `
google_compute_global_forwarding_rule.https host=pay.example.com zone=main policy=nearest ttl=0s
  1 east -> google_compute_region_instance_group_manager.east in=us-east1 check=http[2x5s+5s]
  1 west -> google_compute_network_endpoint_group.west in=us-west1 check=http[2x5s+5s]
  1 backend 2 -> projects/p/zones/europe-west1-c/networkEndpointGroups/k8s1 in=europe-west1 enabled=false check=http[2x5s+5s]
google_dns_record_set.r["shop"] host=shop.example.com zone=main policy=nearest ttl=0s
  1 east -> google_compute_region_instance_group_manager.east in=us-east1 check=http[2x5s+5s]
  1 west -> google_compute_network_endpoint_group.west in=us-west1 check=http[2x5s+5s]
  1 backend 2 -> projects/p/zones/europe-west1-c/networkEndpointGroups/k8s1 in=europe-west1 enabled=false check=http[2x5s+5s]`},

		{"one that is preferred comes first; nothing checks", googleFront + `
resource "google_compute_backend_service" "s" {
  backend { group = google_compute_network_endpoint_group.west.id }
  backend {
    group      = google_compute_region_instance_group_manager.east.instance_group
    preference = "PREFERRED"
  }
}`, `
google_compute_global_forwarding_rule.https cause=no name leads to its address policy=ordered ttl=0s
  0 east -> google_compute_region_instance_group_manager.east in=us-east1 check=none
  1 west -> google_compute_network_endpoint_group.west in=us-west1 check=none`},

		{"nobody knows the groups, the check or the capacity", googleFront + `
variable "groups" { type = list(string) }
variable "hc" {}
variable "scale" {}
resource "google_compute_backend_service" "s" {
  health_checks = [var.hc]
  backend {
    group           = google_compute_network_endpoint_group.west.id
    capacity_scaler = var.scale
  }
  dynamic "backend" {
    for_each = var.groups
    content { group = backend.value }
  }
}`, `
google_compute_global_forwarding_rule.https cause=no name leads to its address policy=nearest ttl=0s open=for_each of dynamic backend is not known; variable groups has no value
  1 west -> google_compute_network_endpoint_group.west in=us-west1 enabled=?(variable scale has no value) check=?(variable hc has no value)`},
	})
}

func TestGKE(t *testing.T) {
	runCloud(t, clusterRows, []cloudCase{{"regional, zonal, of the provider, unknown", `
variable "location" {}
provider "google" { region = "us-central1" }
resource "google_container_cluster" "a" {
  name           = "a"
  location       = "europe-west1"
  node_locations = ["europe-west1-c", "europe-west1-b"]
}
resource "google_container_cluster" "b" {
  name     = "b"
  location = "us-east1-b"
}
resource "google_container_cluster" "c" { name = "c" }
data "google_container_cluster" "d" {
  name     = "d"
  location = var.location
}`, `
data.google_container_cluster.d name=d in=?(variable location has no value)
google_container_cluster.a name=a in=europe-west1 zones=europe-west1-b,europe-west1-c
google_container_cluster.b name=b in=us-east1 zones=us-east1-b
google_container_cluster.c name=c in=us-central1`}})
}

func TestGoogleStores(t *testing.T) {
	runCloud(t, storeRows, []cloudCase{
		{"an instance of Cloud SQL with a replica", `
resource "google_sql_database_instance" "main" {
  name   = "main"
  region = "us-east1"
  settings {
    availability_type = "REGIONAL"
    backup_configuration {
      enabled                        = true
      point_in_time_recovery_enabled = true
      location                       = "us-east1"
      backup_retention_settings { retained_backups = 30 }
    }
  }
}
resource "google_sql_database_instance" "replica" {
  name                 = "replica"
  region               = "us-west1"
  master_instance_name = google_sql_database_instance.main.name
  deletion_protection  = false
}`, `
google_sql_database_instance.main database name=main in=us-east1 spread=true writable=true backups=30d pitr=true protected=true
  backup in=us-east1
google_sql_database_instance.replica database name=replica in=us-west1 spread=false copies=google_sql_database_instance.main writable=false protected=false`},

		{"no backups; a replica of nobody knows whom", `
variable "master" {}
variable "on" {}
resource "google_sql_database_instance" "plain" {
  name   = "plain"
  region = "us-east1"
}
resource "google_sql_database_instance" "maybe" {
  name   = "maybe"
  region = "us-east1"
  settings {
    backup_configuration { enabled = var.on }
  }
}
resource "google_sql_database_instance" "replica" {
  name                 = "replica"
  master_instance_name = var.master
}`, `
google_sql_database_instance.maybe database name=maybe in=us-east1 spread=false writable=true backups=?(variable on has no value) pitr=?(variable on has no value) protected=true open=whether there are backups: variable on has no value
google_sql_database_instance.plain database name=plain in=us-east1 spread=false writable=true backups=0d pitr=false protected=true open=google_sql_database_instance.replica may be a copy of it: variable master has no value
google_sql_database_instance.replica database name=replica in=?(neither the resource nor its provider says which region it is in) spread=false writable=false protected=true`},

		{"buckets and Spanner in one region, two, several and nobody knows which", `
variable "where" {}
resource "google_storage_bucket" "one" {
  name     = "one"
  location = "US-EAST1"
  versioning { enabled = true }
  force_destroy = true
}
resource "google_storage_bucket" "two" {
  name     = "two"
  location = "US"
  custom_placement_config { data_locations = ["US-EAST1", "US-WEST1"] }
}
resource "google_storage_bucket" "dual" {
  name     = "dual"
  location = "EUR4"
}
resource "google_storage_bucket" "multi" {
  name     = "multi"
  location = "EU"
}
resource "google_storage_bucket" "unknown" { location = var.where }
resource "google_spanner_instance" "one" { config = "projects/p/instanceConfigs/regional-us-east1" }
resource "google_spanner_instance" "multi" { config = "nam3" }
resource "google_spanner_instance" "unknown" { config = var.where }`, `
google_spanner_instance.multi database in=?(nam3 stands for several regions) spread=true writable=true
  replica in=?(nam3 stands for several regions)
google_spanner_instance.one database in=us-east1 spread=true writable=true
google_spanner_instance.unknown database in=?(variable where has no value) writable=true open=variable where has no value
google_storage_bucket.dual bucket name=dual in=europe-north1 spread=true versioned=false protected=true
  replica in=europe-west4
google_storage_bucket.multi bucket name=multi in=?(EU stands for several regions) spread=true versioned=false protected=true
  replica in=?(EU stands for several regions)
google_storage_bucket.one bucket name=one in=us-east1 spread=true versioned=true protected=false
google_storage_bucket.two bucket name=two in=us-east1 spread=true versioned=false protected=true
  replica in=us-west1
google_storage_bucket.unknown bucket in=?(variable where has no value) spread=true versioned=false protected=true open=variable where has no value`},

		{"the others", `
resource "google_alloydb_cluster" "main" {
  cluster_id = "main"
  location   = "us-east1"
}
resource "google_alloydb_cluster" "second" {
  cluster_id   = "second"
  location     = "us-west1"
  cluster_type = "SECONDARY"
  secondary_config { primary_cluster_name = google_alloydb_cluster.main.name }
}
resource "google_redis_instance" "c" {
  region = "us-east1"
  tier   = "STANDARD_HA"
}
resource "google_firestore_database" "f" { location_id = "us-east1" }
resource "google_firestore_database" "multi" {
  location_id             = "nam5"
  delete_protection_state = "DELETE_PROTECTION_ENABLED"
}
resource "google_secret_manager_secret" "auto" {
  secret_id = "s"
  replication {
    auto {}
  }
}
resource "google_secret_manager_secret" "two" {
  replication {
    user_managed {
      replicas { location = "us-east1" }
      replicas { location = "us-west1" }
    }
  }
}
resource "google_bigtable_instance" "b" {
  cluster { zone = "us-east1-b" }
  cluster { zone = "us-west1-a" }
}
resource "google_artifact_registry_repository" "r" { location = "europe" }`, `
google_alloydb_cluster.main database name=main in=us-east1 writable=true backups=?(how long it keeps backups is not looked at) pitr=true
google_alloydb_cluster.second database name=second in=us-west1 copies=google_alloydb_cluster.main writable=false
google_artifact_registry_repository.r registry in=?(europe stands for several regions) spread=true
  replica in=?(europe stands for several regions)
google_bigtable_instance.b database in=us-east1 spread=?(the zones of its clusters are not compared) writable=true protected=true
  replica in=us-west1
google_firestore_database.f database in=us-east1 spread=true pitr=false protected=false
google_firestore_database.multi database in=?(nam5 stands for several regions) spread=true pitr=false protected=true
  replica in=?(nam5 stands for several regions)
google_redis_instance.c cache in=us-east1 spread=true
google_secret_manager_secret.auto secret name=s in=?(Secret Manager chooses several regions) spread=true
  replica in=?(Secret Manager chooses several regions)
google_secret_manager_secret.two secret in=us-east1 spread=true
  replica in=us-west1`},
	})
}
