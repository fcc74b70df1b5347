package infrastructure

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// What a fuzzed module is put together of: names of attributes and of blocks alike, and values.
var (
	fuzzNames = strings.Fields(`alias name zone_id evaluate_target_health records ttl type set_identifier health_check_id failover_routing_policy
		weighted_routing_policy weight latency_routing_policy region geolocation_routing_policy country continent subdivision cidr_routing_policy location_name
		multivalue_answer_routing_policy request_interval failure_threshold fqdn ip_address child_healthchecks child_health_threshold routing_control_arn disabled
		load_balancer_type subnets subnet_mapping subnet_id availability_zone load_balancer_arn listener_arn default_action action forward target_group arn
		target_group_arn health_check interval timeout unhealthy_threshold enabled protocol tags tag key value autoscaling_group_name lb_target_group_arn
		target_group_arns vpc_config subnet_ids cluster_name cluster_identifier global_cluster_identifier source_db_cluster_identifier
		replication_source_identifier master_username backup_retention_period replicate_source_db replica region_name point_in_time_recovery global_table_arn
		global_replication_group_id primary_replication_group_id bucket versioning versioning_configuration status rule destination replication_configuration rules
		source_file_system_id plan_id resources selection_tag lifecycle delete_after copy_action destination_vault_arn accelerator_arn port_range from_port to_port
		endpoint_configuration endpoint_id traffic_dial_percentage aliases default_cache_behavior target_origin_id origin_group origin_id member origin domain_name
		vpc private_zone metadata namespace count for_each`)
	fuzzValues = []string{`null`, `true`, `"true"`, `0`, `-1`, `1e30`, `""`, `"x"`, `"pay.example.com."`, `"PRIMARY"`, `"SECONDARY"`, `"A"`, `"CALCULATED"`, `"network"`,
		`[]`, `{}`, `[null]`, `["x", 1]`, `{ a = 1 }`, `[{ region = "x" }]`, `toset(["a", "b"])`, `var.unknown`, `[var.unknown]`, `{ (var.unknown) = 1 }`, `"${var.unknown}-x"`,
		`sensitive("x")`, `"arn:aws:backup:eu-west-1:1:v"`, `[for x in var.unknown : x]`, `var.unknown ? aws_lb.r0.arn : null`}
)

// fuzzed is the module that bytes stand for.
func fuzzed(data []byte) string {
	var out strings.Builder
	out.WriteString("variable \"unknown\" {}\nprovider \"aws\" { region = \"eu-west-1\" }\n")
	types := slices.Sorted(maps.Keys(awsTypes))
	types = append(types, "aws_route53_zone", "aws_route53_health_check", "aws_lb_target_group", "aws_lb_listener", "aws_lb_listener_rule", "aws_subnet", "aws_rds_global_cluster",
		"aws_rds_cluster_instance", "aws_s3_bucket_versioning", "aws_s3_bucket_replication_configuration", "aws_backup_plan", "aws_autoscaling_attachment", "aws_autoscaling_group",
		"aws_elasticache_global_replication_group", "aws_globalaccelerator_accelerator", "kubernetes_service")
	var used []map[string]bool
	resources := 0
	next := func() int {
		if len(data) == 0 {
			return 0
		}
		n := int(data[0])
		data = data[1:]
		return n
	}
	name := func(block bool) string {
		n := fuzzNames[next()%len(fuzzNames)]
		last := used[len(used)-1]
		if taken, seen := last[n]; seen && (!taken || !block) {
			return ""
		}
		last[n] = block
		return n
	}
	for len(data) > 0 && out.Len() < 20_000 {
		op := next() % 8
		switch {
		case len(used) == 0:
			kind, label := types[next()%len(types)], "resource"
			if rest, data := strings.CutPrefix(kind, "data."); data {
				kind, label = rest, "data"
			}
			fmt.Fprintf(&out, "%s %q \"r%d\" {\n", label, kind, resources)
			resources++
			used = append(used, map[string]bool{})
		case op == 0:
			out.WriteString("}\n")
			used = used[:len(used)-1]
		case op == 1 && len(used) < 5:
			if n := name(true); n != "" {
				out.WriteString(n + " {\n")
				used = append(used, map[string]bool{})
			}
		case op == 2:
			if n := name(false); n != "" {
				fmt.Fprintf(&out, "%s = %s.r%d.%s\n", n, strings.TrimPrefix(types[next()%len(types)], "data."), next()%8, fuzzNames[next()%len(fuzzNames)])
			}
		default:
			if n := name(false); n != "" {
				fmt.Fprintf(&out, "%s = %s\n", n, fuzzValues[next()%len(fuzzValues)])
			}
		}
	}
	return out.String() + strings.Repeat("}\n", len(used))
}

// FuzzBuild holds that no values of attributes make an adapter panic or hang, that what is unknown has a cause, and that no record leads to itself.
func FuzzBuild(f *testing.F) {
	for seed := range 8 {
		data := make([]byte, 400)
		for i := range data {
			data[i] = byte(i*i*(seed+3) + i*31 + seed)
		}
		f.Add(data)
	}
	f.Fuzz(sound)
}

// sound fails where an answer about fuzzed resources could not be one.
func sound(t *testing.T, data []byte) {
	module := fuzzed(data)
	out := build(t, module)
	for _, r := range out.Records {
		if r.Host == "" && r.HostCause == "" {
			t.Errorf("a host without a cause in\n%s", module)
		}
		causes(t, module, r.TTL.State == mesh.Unknown && r.TTL.Cause == "")
		for _, m := range r.Members {
			causes(t, module, m.Region.State == mesh.Unknown && m.Region.Cause == "", m.Check.State == mesh.Unknown && m.Check.Cause == "",
				m.Target.State == mesh.Unknown && m.Target.Cause == "", m.Enabled.State == mesh.Unknown && m.Enabled.Cause == "")
			if m.Next != nil && leads(m.Next, r, map[*mesh.Record]bool{}) {
				t.Fatalf("%s leads to itself in\n%s", r.ID, module)
			}
		}
	}
	for _, b := range out.Balancers {
		causes(t, module, b.Spills.State == mesh.Unknown && b.Spills.Cause == "", b.Checks.State == mesh.Unknown && b.Checks.Cause == "")
	}
	for _, s := range out.Stores {
		causes(t, module, s.Region.State == mesh.Unknown && s.Region.Cause == "", s.Backups.State == mesh.Unknown && s.Backups.Cause == "",
			s.Versioned.State == mesh.Unknown && s.Versioned.Cause == "", s.Spread.State == mesh.Unknown && s.Spread.Cause == "")
	}
	if again := build(t, module); records(again)+balancers(again)+storesShown(again) != records(out)+balancers(out)+storesShown(out) {
		t.Errorf("two answers for\n%s", module)
	}
}

func leads(from, to *mesh.Record, seen map[*mesh.Record]bool) bool {
	if from == to || seen[from] {
		return from == to
	}
	seen[from] = true
	return slices.ContainsFunc(from.Members, func(m *mesh.Member) bool { return m.Next != nil && leads(m.Next, to, seen) })
}

func causes(t *testing.T, module string, missing ...bool) {
	t.Helper()
	if i := slices.Index(missing, true); i >= 0 {
		t.Errorf("value %d is unknown without a cause in\n%s", i, module)
	}
}
