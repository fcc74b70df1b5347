package fleet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// limited is a limit on requests to each pod of web in a cluster.
func limited(cluster, protocol, spec string) string {
	return fmt.Sprintf(`-- %s/limit.yaml --
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, port: 80, proxyProtocol: %s, accessPolicy: all-unauthenticated}
---
apiVersion: policy.linkerd.io/v1alpha1
kind: HTTPLocalRateLimitPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: web}
  %s
`, cluster, protocol, spec)
}

// A limit decides once its pods have more requests to take than on a normal day, and nobody knows how many there are. Before that, and
// where requests are lost anyway, it changes nothing.
func TestRateLimitsOfLinkerd(t *testing.T) {
	const local, remote, hundred = "workload=east/shop/Deployment/web", "cluster=west", "total: {requestsPerSecond: 100}"
	operated := mirrored(exported, "") + split + installed("linkerd-destination", "smi-adaptor", "linkerd-failover")
	for _, tt := range []struct {
		name, manifests, service string
		want                     map[string]string // scenario, fault -> cell of east
	}{
		{"the survivors are limited", federated(both) + limited("west", "HTTP/1", hundred), "web-federated", map[string]string{
			local + " crash": "unknown", remote + " crash": "survives east 1s", "none crash": "-"}},
		{"for each identity", federated(both) + limited("west", "HTTP/2", "identity: {requestsPerSecond: 10}"), "web-federated", map[string]string{local + " crash": "unknown"}},
		{"requests fail anyway", federated("") + limited("west", "HTTP/1", hundred), "web-federated", map[string]string{local + " hang": "degraded 0.50"}},
		{"nothing is limited", federated(both) + limited("west", "HTTP/1", "overrides: []"), "web-federated", map[string]string{local + " crash": "survives west 1s"}},
		{"connections are not counted", federated(both) + limited("west", "opaque", hundred), "web-federated", map[string]string{local + " crash": "survives west 1s"}},
		{"another Server", federated(both) + strings.Replace(limited("west", "HTTP/1", hundred), "kind: Server, name: web}", "kind: Server, name: other}", 1), "web-federated", map[string]string{local + " crash": "survives west 1s"}},
		{"a standby behind a gateway", operated + limited("west", "HTTP/1", hundred), "web", map[string]string{local + " crash": "unknown"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := loaded(t, unpack(t, twoLinkerds+tt.manifests))
			for at, want := range tt.want {
				scenario, fault, _ := strings.Cut(at, " ")
				if got := cell(t, f, tt.service, scenario, failover.Fault(fault)); got != want {
					t.Errorf("%s: %s, want %s", at, got, want)
				}
			}
		})
	}
}

// Routes for what leaves the mesh that come to nothing are told; what leaves it has no cell.
func TestRoutesOnEgressNetworks(t *testing.T) {
	egress := func(policy string) string {
		return "-- east/egress.yaml --\napiVersion: policy.linkerd.io/v1alpha1\nkind: EgressNetwork\nmetadata: {name: out, namespace: shop}\nspec: {trafficPolicy: " + policy + "}\n"
	}
	route := func(kind, parent string) string {
		return "-- east/route.yaml --\napiVersion: gateway.networking.k8s.io/v1\nkind: " + kind + "\nmetadata: {name: out, namespace: shop}\nspec:\n" +
			"  parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, " + parent + "}]\n  rules: [{backendRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: out, port: 443}]}]\n"
	}
	for _, tt := range []struct {
		name, manifests string
		facts           []string
	}{
		{"it is there", egress("Deny") + route("HTTPRoute", "name: out, port: 443"), nil},
		{"it is in another namespace", egress("Deny") + route("HTTPRoute", "name: out, namespace: linkerd-egress, port: 443"), []string{"dangling-host /spec/parentRefs/0"}},
		{"it is not there", route("GRPCRoute", "name: out, port: 443"), []string{"dangling-host /spec/parentRefs/0"}},
		{"no port", egress("Allow") + route("HTTPRoute", "name: out"), []string{"invalid /spec/parentRefs/0"}},
		{"a policy that is none", egress("Refuse") + route("HTTPRoute", "name: out, port: 443"), []string{"invalid /spec/trafficPolicy"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := loaded(t, unpack(t, twoLinkerds+webIn("east", "", "")+webIn("west", "", "")+tt.manifests))
			var facts []string
			for _, fact := range f.Graph.Facts {
				if fact.Kind != mesh.FactNotUnderstood {
					facts = append(facts, string(fact.Kind)+" "+fact.Origin.Path)
				}
			}
			slices.Sort(facts)
			if !slices.Equal(facts, tt.facts) {
				t.Errorf("%q, want %q", facts, tt.facts)
			}
		})
	}
}
