package xds

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// twoRegions is a cluster with a priority in each of two regions, and the route to it. cluster and more are members of the cluster, and
// resources.
func twoRegions(detection bool, cluster, more string) string {
	if detection {
		cluster += `"outlier_detection": {"interval": "0.5s", "base_ejection_time": "5s", "max_ejection_percent": 100, "enforcing_failure_percentage": 100,
			"failure_percentage_threshold": 50, "failure_percentage_minimum_hosts": 1, "failure_percentage_request_volume": 5},`
	}
	return `{"resources": [
{"@type": "type.googleapis.com/envoy.config.listener.v3.Listener", "name": "payments.mesh", "api_listener": {"api_listener": {
  "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", "rds": {"route_config_name": "payments.mesh"}}}},
{"@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration", "name": "payments.mesh", "virtual_hosts": [{"name": "pay", "domains": ["payments.mesh"],
  "routes": [{"match": {"prefix": ""}, "route": {"cluster": "pay", "timeout": "3s", "max_stream_duration": {"max_stream_duration": "1s"}}}]}]},
{"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "pay", "type": "EDS", ` + cluster + ` "lb_policy": "ROUND_ROBIN"},
{"@type": "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment", "cluster_name": "pay", "endpoints": [
  {"priority": 1, "locality": {"region": "eu-north"}, "load_balancing_weight": 1, "lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "10.0.0.3", "port_value": 8443}}}}]},
  {"locality": {"region": "eu-west"}, "load_balancing_weight": 1, "lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "10.0.0.2", "port_value": 8443}}}}]}
]}` + more + `]}`
}

const mutual = `"transport_socket": {"name": "tls", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
  "common_tls_context": {"tls_certificates": [{"certificate_chain": {"filename": "client.pem"}}],
    "validation_context": {"trusted_ca": {"filename": "ca.pem"}, "match_subject_alt_names": [{"prefix": "spiffe://pay/"}]}}}},`

func input(client string, c *Content) Input {
	return Input{Mesh: &mesh.Mesh{Name: "m", Kind: mesh.XDS}, Client: client, From: []mesh.Locality{{Region: "edge"}},
		Clusters: []Place{{Cluster: &mesh.Cluster{Name: "edge", Region: "edge"}, Content: c}, {Cluster: &mesh.Cluster{Name: "west", Region: "eu-west"}}}}
}

func compiled(t *testing.T, client, text string) *Mesh {
	t.Helper()
	c, diags := Parse("a.json", []byte(text), source.Options{})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return Compile(input(client, c))
}

// only is the one service, and the pool that its one rule leads to.
func only(t *testing.T, m *Mesh) (*mesh.Service, *mesh.Pool, *mesh.RouteRule) {
	t.Helper()
	if len(m.Services()) != 1 {
		t.Fatalf("%d services, want one", len(m.Services()))
	}
	s := m.Services()[0]
	rules := m.View(s, nil).Routes[0].Rules
	if len(rules) != 1 || len(rules[0].To) != 1 || rules[0].To[0].Pool == nil {
		t.Fatalf("rules %v, want one that leads to a pool", rules)
	}
	return s, rules[0].To[0].Pool, rules[0]
}

func TestWhatGRPCMakesOfACluster(t *testing.T) {
	m := compiled(t, GRPC, twoRegions(true, mutual, ""))
	s, p, rule := only(t, m)
	if s.ID != "m/m//payments.mesh" || s.Ports[0].Number != 8443 {
		t.Errorf("service %s on port %d, want payments.mesh on that of its endpoints", s.ID, s.Ports[0].Number)
	}
	tiers := p.Tiering.Arrange(nil, p).Tiers
	if len(tiers) != 2 || tiers[0].Groups[0].Locality.Region != "eu-west" || tiers[1].Groups[0].Locality.Region != "eu-north" {
		t.Fatalf("tiers %v, want eu-west before eu-north", tiers)
	}
	if e := tiers[0].Groups[0].Endpoints[0]; e.Cluster != "west" || e.Security != mesh.MutualTLS {
		t.Errorf("the first endpoint is in %s and spoken to with %s; want the cluster of its region, and mutual TLS", e.Cluster, e.Security)
	}
	if len(p.Targets) != 2 {
		t.Fatalf("%d targets, want one for each priority: gRPC counts ejections in each", len(p.Targets))
	}
	o := p.Targets[0].Detection.Outlier
	if o == nil || o.FailurePercentage == nil || o.FailurePercentage.Threshold.V != 50 || o.Interval.V != 500*time.Millisecond || o.Consecutive5xx.V != 0 || o.Ejectable(1) != 1 {
		t.Errorf("outlier detection %+v, want shares of failures above 50 %% in 500 ms", o)
	}
	if !p.Connected || !p.Persistent {
		t.Error("a gRPC client leaves a priority that it cannot connect to, and keeps connections that are open")
	}
	if rule.Timeout.V != time.Second {
		t.Errorf("timeout %s, want max_stream_duration: gRPC ignores timeout", rule.Timeout.V)
	}
	if !slices.Equal(p.TLS.SANs, []string{"prefix:spiffe://pay/"}) {
		t.Errorf("names %q", p.TLS.SANs)
	}
}

func TestWhatEnvoyMakesOfACluster(t *testing.T) {
	m := compiled(t, Envoy, twoRegions(false, `"outlier_detection": {"consecutive_5xx": 3}, "connect_timeout": "2s", "common_lb_config": {"healthy_panic_threshold": {"value": 0}},`, ""))
	_, p, rule := only(t, m)
	if len(p.Targets) != 1 || len(p.Targets[0].Endpoints) != 2 {
		t.Fatalf("targets %v, want one: Envoy counts ejections of the cluster", p.Targets)
	}
	o := p.Targets[0].Detection.Outlier
	if o.Consecutive5xx.V != 3 || o.ConsecutiveGateway.V != 0 || o.MaxEjectionPercent.V != 10 || o.Ejectable(2) != 0 || o.FailurePercentage != nil {
		t.Errorf("outlier detection %+v, want 3 in a row, and no endpoint of two within 10 %%", o)
	}
	if p.Panic != 0 || p.Connected || p.ConnectTimeout.V != 2*time.Second || rule.Timeout.V != 3*time.Second {
		t.Errorf("panic %g, connected %v, connect %s, timeout %s", p.Panic, p.Connected, p.ConnectTimeout.V, rule.Timeout.V)
	}
	if tiers := p.Tiering.(*mesh.Priorities); tiers.Overprovisioning != 1.4 || len(tiers.Tiers) != 2 {
		t.Errorf("tiers %+v", tiers)
	}
}

func TestWhatGRPCIgnoresIsALoss(t *testing.T) {
	for _, tc := range []struct{ name, cluster, want string }{
		{"failures in a row", `"outlier_detection": {"consecutive_5xx": 3},`, "gRPC does not count failures in a row"},
		{"nothing enforced", `"outlier_detection": {"failure_percentage_threshold": 50},`, "only where enforcing_failure_percentage is above 0"},
		{"health checks", `"health_checks": [{"interval": "1s", "timeout": "1s", "unhealthy_threshold": 3, "healthy_threshold": 1, "tcp_health_check": {}}],`, "health_checks are Envoy's"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, p, _ := only(t, compiled(t, GRPC, twoRegions(false, tc.cluster, "")))
			if d := p.Targets[0].Detection; d.Outlier != nil || d.Check != nil {
				t.Errorf("detection %+v, want none", d)
			}
			if len(p.Losses) != 1 || p.Losses[0].Kind != mesh.LossIgnored || !strings.Contains(p.Losses[0].Detail, tc.want) {
				t.Errorf("losses %+v, want one: %s", p.Losses, tc.want)
			}
		})
	}
	weightless := strings.Replace(twoRegions(true, "", ""), `"eu-north"}, "load_balancing_weight": 1,`, `"eu-north"},`, 1)
	_, p, _ := only(t, compiled(t, GRPC, weightless))
	if len(p.Targets) != 1 || len(p.Losses) != 1 || p.Losses[0].Kind != mesh.LossFiltered {
		t.Errorf("targets %v, losses %v: want no standby, because its locality has no weight", p.Targets, p.Losses)
	}
	_, p, _ = only(t, compiled(t, Envoy, weightless))
	if len(p.Targets[0].Endpoints) != 2 {
		t.Errorf("Envoy needs no weight: %v", p.Targets)
	}
}

func TestAnAggregateSpeaksToEachClusterAsItSays(t *testing.T) {
	const aggregate = `"cluster_type": {"name": "envoy.clusters.aggregate", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig", "clusters": ["west", "north", "gone"]}},`
	text := strings.Replace(twoRegions(false, aggregate, `,
{"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "west", "type": "EDS", `+mutual+` "eds_cluster_config": {"service_name": "pay"}},
{"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "north", "type": "EDS"},
{"@type": "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment", "cluster_name": "north", "endpoints": [
  {"locality": {"region": "eu-south"}, "load_balancing_weight": 1, "lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "10.0.0.4", "port_value": 8443}}}}]}]}`), `"type": "EDS", "cluster_type"`, `"cluster_type"`, 1)
	_, p, _ := only(t, compiled(t, GRPC, text))
	var got []string
	for _, target := range p.Targets {
		for _, e := range target.Endpoints {
			got = append(got, e.Locality.Region+" "+string(e.Security))
		}
	}
	if want := []string{"eu-west mutual", "eu-north mutual", "eu-south none"}; !slices.Equal(got, want) {
		t.Errorf("endpoints %q, want %q", got, want)
	}
	if len(p.Losses) != 1 || p.Losses[0].Kind != mesh.LossMissing {
		t.Errorf("losses %+v, want the cluster that is not announced", p.Losses)
	}
}

func TestWhatIsNotAmongTheInputsIsNotKnown(t *testing.T) {
	text := twoRegions(true, "", "")
	without, _, _ := strings.Cut(text, `{"@type": "type.googleapis.com/envoy.config.endpoint`)
	m := compiled(t, GRPC, strings.TrimSuffix(strings.TrimSpace(without), ",")+"]}")
	if s := m.Services()[0]; s.Gap == nil || !strings.Contains(s.Gap.What, "the endpoints of pay") {
		t.Errorf("gap %v, want the endpoints", s.Gap)
	}
	m = compiled(t, GRPC, strings.Replace(text, `"route": {"cluster": "pay"`, `"route": {"cluster": "pey"`, 1))
	var found *mesh.Service
	for _, s := range m.Services() {
		if s.Name == "payments.mesh" {
			found = s
		}
	}
	if found == nil || !m.View(found, nil).Routes[0].Rules[0].To[0].Missing {
		t.Error("a route to a cluster that is not announced has to be told as missing")
	}
}

func TestWhatGRPCRefusesIsMissing(t *testing.T) {
	for _, tc := range []struct{ name, old, now, want string }{
		{"Envoy's word for aggregates", `"ROUND_ROBIN"`, `"CLUSTER_PROVIDED"`, "knows no lb_policy CLUSTER_PROVIDED"},
		{"endpoints that are not discovered", `"type": "EDS"`, `"type": "STATIC"`, "takes endpoints from EDS or LOGICAL_DNS and not from STATIC"},
		{"sockets by endpoint", `"type": "EDS"`, `"type": "EDS", "transport_socket_matches": [{"name": "a"}]`, "knows no transport_socket_matches"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := strings.Replace(twoRegions(true, "", ""), tc.old, tc.now, 1)
			m := compiled(t, GRPC, text)
			v := m.View(m.Services()[0], nil)
			if to := v.Routes[0].Rules[0].To[0]; !to.Missing || !strings.Contains(to.Why, tc.want) {
				t.Errorf("missing %v: %q, want %q", to.Missing, to.Why, tc.want)
			}
			if m = compiled(t, Envoy, text); m.View(m.Services()[0], nil).Routes[0].Rules[0].To[0].Missing {
				t.Error("Envoy takes it")
			}
		})
	}
}
