package infrastructure

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// oddTypes are all types of these providers.
func oddTypes() []string {
	return slices.Sorted(maps.Keys(join(googleTypes, azureTypes, otherTypes, map[string]adapter{"cloudflare_load_balancer_pool": nil, "cloudflare_load_balancer_monitor": nil,
		"azurerm_traffic_manager_azure_endpoint": nil, "azurerm_traffic_manager_nested_endpoint": nil, "azurerm_cdn_frontdoor_origin_group": nil, "azurerm_cdn_frontdoor_origin": nil,
		"google_compute_backend_service": nil, "google_compute_url_map": nil, "google_compute_target_https_proxy": nil, "google_compute_health_check": nil, "ns1_datafeed": nil,
		"ns1_monitoringjob": nil, "azurerm_mssql_server": nil, "hcp_hvn": nil})))
}

// oddNames are attributes and kinds of blocks that adapters of these providers read.
var oddNames = strings.Fields(`name type ttl rrdatas routing_policy managed_zone region zone location self_link ip_address port_range target url_map backend_service default_service
default_route_action path_matcher backend health_checks outlier_detection check_interval_sec timeout_sec unhealthy_threshold tcp_health_check distribution_policy_zones
node_locations settings master_instance_name deletion_protection config secondary_config automated_backup_policy location_id custom_placement_config versioning force_destroy point_in_time_recovery_enablement delete_protection_state
replication cluster tier zones profile_status traffic_routing_method dns_config monitor_config profile_id profile_name target_resource_id priority weight enabled endpoint_location
always_serve_enabled minimum_child_endpoints geo_mappings patterns_to_match cdn_frontdoor_endpoint_id cdn_frontdoor_origin_group_id cdn_frontdoor_custom_domain_ids host_name
health_probe load_balancing routing_rule backend_pool frontend_endpoint backend_pool_health_probe zone_name record records frontend_ip_configuration default_node_pool
account_replication_type blob_properties geo_location backup high_availability create_mode source_server_id backup_retention_days geo_redundant_backup_enabled server_id
short_term_retention_policy storage_account_type databases partner_server georeplications scope target_redis_cache_name linked_redis_cache_id server_role steering_policy
default_pools default_pool_ids fallback_pool fallback_pool_id region_pools country_pools proxied zone_id content value origins monitor minimum_origins interval retries timeout
consecutive_down domain answers filters meta regions jobid frequency rapid_recheck job_type active director healthcheck snippet hvn_id cluster_id`)

// Whatever stands where something else is wanted, nothing panics, and the answer is the same twice.
func TestOddValues(t *testing.T) {
	for _, value := range []string{`null`, `""`, `"x"`, `-1`, `1e300`, `0.5`, `true`, `[]`, `{}`, `[null]`, `[for i in range(300) : {}]`, `[[[]]]`, `[{}]`, `{ a = { b = [1] } }`, `toset(["a", "b"])`, `[var.v, "x"]`,
		`[{ name = var.v, address = 1, filter = "up", config = [] }]`, `var.v`, `{ (var.v) = 1 }`} {
		t.Run(value, func(t *testing.T) {
			var module strings.Builder
			module.WriteString("variable \"v\" {}\n")
			for _, kind := range oddTypes() {
				mode := "resource"
				name, data := strings.CutPrefix(kind, "data.")
				if data {
					mode = "data"
				}
				fmt.Fprintf(&module, "%s %q \"x\" {\n", mode, name)
				for _, name := range oddNames {
					fmt.Fprintf(&module, "  %s = %s\n", name, value)
				}
				module.WriteString("}\n")
			}
			in := Input{Environment: "prod", Instances: instancesOf(t, module.String())}
			show := func() string {
				out := Build(in)
				return recordRows(out) + storeRows(out) + clusterRows(out)
			}
			first := show()
			if second := show(); first != second {
				t.Errorf("first\n%s\nthen\n%s", first, second)
			}
			if strings.Count(first, "\n") < 20 {
				t.Errorf("too little came of it:\n%s", first)
			}
		})
	}
}

// Where nothing is known of a resource, nothing of what it becomes is known, but for what holds of all resources of the type.
func TestUnknownStaysUnknown(t *testing.T) {
	var module strings.Builder
	module.WriteString("variable \"v\" {}\n")
	for _, kind := range oddTypes() {
		if !strings.HasPrefix(kind, "data.") {
			fmt.Fprintf(&module, "resource %q \"x\" {\n", kind)
			for _, name := range oddNames {
				fmt.Fprintf(&module, "  %s = var.v\n", name)
			}
			module.WriteString("}\n")
		}
	}
	out := build(t, module.String())
	for _, s := range out.Stores {
		if s.Region.State == 1 || s.Backups.State == 1 && s.Backups.V == 0 || s.PointInTime.State == 1 && !s.PointInTime.V || s.Versioned.State == 1 || s.Name != "" || s.ReplicaOf != "" {
			t.Errorf("something is known:\n%s", storeRows(&Output{Stores: append(out.Stores[:0:0], s)}))
		}
	}
	for _, r := range out.Records {
		open := r.Open != "" || r.Host == ""
		for _, m := range r.Members {
			if m.Region.IsKnown() || m.Check.IsKnown() || m.Leads != nil {
				t.Errorf("something is known:\n%s", recordRows(&Output{Records: append(out.Records[:0:0], r)}))
			}
		}
		if !open {
			t.Errorf("it passes for complete:\n%s", recordRows(&Output{Records: append(out.Records[:0:0], r)}))
		}
	}
	for _, c := range out.Clusters {
		if c.Region.IsKnown() || c.Name.IsKnown() || len(c.Zones) > 0 {
			t.Errorf("something is known: %s", clusterRows(&Output{Clusters: append(out.Clusters[:0:0], c)}))
		}
	}
}
