package fleet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/source"
)

const xdsConfig = `apiVersion: passmuster.dev/v1
meshes: [{name: pay, kind: xds, client: CLIENT, from: [edge]}]
clusters: [{name: edge, region: edge, sources: [{path: xds}]}, {name: west, region: eu-west}, {name: north, region: eu-north}]
objectives: [{match: {service: payments.mesh}, survive: [region], rto: 5s, encryption: mtls}]
`

const xdsResources = `{"resources": [
{"@type": "type.googleapis.com/envoy.config.listener.v3.Listener", "name": "payments.mesh", "api_listener": {"api_listener": {
  "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", "route_config": {"virtual_hosts": [{"name": "pay", "domains": ["payments.mesh"],
  "routes": [{"match": {"prefix": ""}, "route": {"cluster": "pay", "timeout": "1s" LIMIT}}]}]}}}},
{"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "pay", "type": "EDS", "connect_timeout": "0.5s", CLUSTER "lb_policy": "ROUND_ROBIN"},
{"@type": "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment", "cluster_name": "pay", "endpoints": [
  {"locality": {"region": "eu-west"}, "load_balancing_weight": 1, "lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "10.0.0.2", "port_value": 8443}}}}]},
  {"priority": 1, "locality": {"region": "eu-north"}, "load_balancing_weight": 1, "lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "10.0.0.3", "port_value": 8443}}}}]}
]}]}`

// loadXDS writes a fleet of one service and reads it.
func loadXDS(t *testing.T, client, cluster, limit string) *Fleet {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "xds"), 0o750); err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("CLUSTER", cluster, "LIMIT", limit).Replace(xdsResources)
	for name, text := range map[string]string{"muster.yaml": strings.Replace(xdsConfig, "CLIENT", client, 1), "xds/resources.json": text} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Load(filepath.Join(dir, "muster.yaml"), dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Load(t.Context(), Options{Config: c, Source: source.Options{Root: dir}})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Inputs.Unreadable) > 0 {
		t.Fatal(f.Inputs.Unreadable)
	}
	return f
}

// The measured recoveries are those of section 8 of the drills: the bound has to hold them.
func TestPredictionsFromXDSAreWhatWasMeasured(t *testing.T) {
	const (
		shares = `"outlier_detection": {"interval": "0.5s", "base_ejection_time": "5s", "max_ejection_percent": 100, "enforcing_failure_percentage": 100, "failure_percentage_threshold": 50,
			"failure_percentage_minimum_hosts": 1, "failure_percentage_request_volume": 5},`
		limit = `, "max_stream_duration": {"max_stream_duration": "1s"}`
		row   = `"outlier_detection": {"consecutive_5xx": 3, "max_ejection_percent": 100},`
	)
	type cells map[failover.Fault]failover.Outcome
	all := func(o failover.Outcome) cells {
		return cells{failover.Crash: o, failover.Hang: o, failover.Partition: o}
	}
	for _, tc := range []struct {
		name, client, cluster, limit string
		want                         cells
		measured                     map[failover.Fault][2]time.Duration
	}{
		{"gRPC with detection", "grpc", shares, limit, all(failover.Survives), map[failover.Fault][2]time.Duration{
			failover.Crash: {0, 20 * time.Millisecond}, failover.Hang: {1420 * time.Millisecond, 1460 * time.Millisecond}, failover.Partition: {1360 * time.Millisecond, 1400 * time.Millisecond}}},
		{"gRPC without", "grpc", "", limit, cells{failover.Crash: failover.Survives, failover.Hang: failover.Lost, failover.Partition: failover.Lost}, nil},
		{"gRPC that counts failures in a row", "grpc", row, limit, cells{failover.Crash: failover.Survives, failover.Hang: failover.Lost, failover.Partition: failover.Lost}, nil},
		{"gRPC whose requests nothing bounds", "grpc", shares, "", cells{failover.Crash: failover.Survives, failover.Hang: failover.Unknown, failover.Partition: failover.Unknown}, nil},
		{"gRPC with too few hosts to eject any", "grpc", strings.Replace(shares, `"failure_percentage_minimum_hosts": 1`, `"failure_percentage_minimum_hosts": 5`, 1), limit,
			cells{failover.Crash: failover.Survives, failover.Hang: failover.Lost, failover.Partition: failover.Lost}, nil},
		{"gRPC that needs more requests than are known to come", "grpc", strings.Replace(shares, `"failure_percentage_request_volume": 5`, `"failure_percentage_request_volume": 500`, 1), limit,
			cells{failover.Crash: failover.Survives, failover.Hang: failover.Unknown, failover.Partition: failover.Unknown}, nil},
		{"Envoy without detection", "envoy", "", "", all(failover.Lost), nil},
		{"Envoy with detection", "envoy", row, "", all(failover.Survives), nil},
		{"Envoy that may eject ten percent", "envoy", `"outlier_detection": {"consecutive_5xx": 3},`, "", all(failover.Lost), nil},
		{"Envoy that asks by itself", "envoy", `"health_checks": [{"interval": "1s", "timeout": "1s", "unhealthy_threshold": 3, "healthy_threshold": 1, "http_health_check": {"path": "/"}}],`, "", all(failover.Survives), nil},
		{"Envoy that asks whether anybody accepts", "envoy", `"health_checks": [{"interval": "1s", "timeout": "1s", "unhealthy_threshold": 3, "healthy_threshold": 1, "tcp_health_check": {}}],`, "",
			cells{failover.Crash: failover.Survives, failover.Hang: failover.Lost, failover.Partition: failover.Survives}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := loadXDS(t, tc.client, tc.cluster, tc.limit)
			x, err := failover.Compute(t.Context(), f.Graph, failover.Options{Scenarios: []failover.Scenario{failover.One(failover.Region, "eu-west")}, Faults: []failover.Fault{failover.Crash, failover.Hang, failover.Partition}})
			if err != nil {
				t.Fatal(err)
			}
			if len(x.Cells) != 3 {
				t.Fatalf("%d cells, want one for each fault", len(x.Cells))
			}
			for _, c := range x.Cells {
				if c.Outcome != tc.want[c.Fault] {
					t.Errorf("%s: %s (%s), want %s", c.Fault, c.Outcome, c.Reason, tc.want[c.Fault])
				}
				if m, ok := tc.measured[c.Fault]; ok && (c.Recovery.Lower > m[0] || c.Recovery.Upper < m[1] || c.Recovery.Upper > 3*m[1]+time.Second) {
					t.Errorf("%s: recovery %s to %s does not hold the measured %v, or says next to nothing", c.Fault, c.Recovery.Lower, c.Recovery.Upper, m)
				}
				if c.Outcome == failover.Lost && len(c.Causes) == 0 {
					t.Errorf("%s is lost for no cause", c.Fault)
				}
			}
		})
	}
}
