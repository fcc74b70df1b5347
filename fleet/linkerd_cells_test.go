package fleet_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/mesh"
)

// Two clusters with two pods of web each, and callers in east. Readiness is not probed, so that a hang leaves endpoints where they are.
const twoLinkerds = `
-- muster.yaml --
apiVersion: passmuster.dev/v1
meshes:
  - {name: prod, kind: linkerd, clusters: [east, west]}
clusters:
  - {name: east, region: us-east-1, zones: [a], sources: [{path: east}, {path: both}]}
  - {name: west, region: us-west-2, zones: [a], sources: [{path: west}, {path: both}]}
-- both/web.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: shop, annotations: {linkerd.io/inject: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: x}]}
-- east/front.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: front, annotations: {linkerd.io/inject: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: front, namespace: front}
spec:
  replicas: 1
  selector: {matchLabels: {app: front}}
  template:
    metadata: {labels: {app: front}}
    spec: {containers: [{name: c, image: x}]}
`

// linkTo is east's Link to west. The link generator sets the period of the probe alone.
const linkTo = `
-- east/link.yaml --
apiVersion: multicluster.linkerd.io/v1alpha3
kind: Link
metadata: {name: west, namespace: linkerd-multicluster}
spec:
  targetClusterName: west
  gatewayAddress: 192.0.2.1
  gatewayPort: "4143"
  gatewayIdentity: linkerd-gateway.linkerd-multicluster.serviceaccount.identity.linkerd.cluster.local
  probeSpec: {path: /ready, port: "4191", period: 3s}
  selector: {matchLabels: {mirror.linkerd.io/exported: "true"}}
  remoteDiscoverySelector: {matchLabels: {mirror.linkerd.io/exported: remote-discovery}}
  federatedServiceSelector: {matchLabels: {mirror.linkerd.io/federated: member}}
`

// webIn is the Service of a cluster, with labels and annotations.
func webIn(cluster, labels, annotations string) string {
	return fmt.Sprintf("-- %s/service.yaml --\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop, labels: {%s}, annotations: {%s}}\nspec: {selector: {app: web}, ports: [{name: http, port: 80}]}\n", cluster, labels, annotations)
}

const (
	member   = "mirror.linkerd.io/federated: member"
	exported = `mirror.linkerd.io/exported: "true"`
	flat     = "mirror.linkerd.io/exported: remote-discovery"
	breaker  = "balancer.linkerd.io/failure-accrual: consecutive"
	timeout  = "timeout.linkerd.io/request: 2s"
	both     = breaker + ", " + timeout
)

func federated(annotations string) string {
	return linkTo + webIn("east", member, annotations) + webIn("west", member, annotations)
}

// mirrored is web of both clusters, that of west mirrored in one of two ways.
func mirrored(how, annotations string) string {
	return linkTo + webIn("east", "", annotations) + webIn("west", how, "")
}

// routed is an HTTPRoute on web of east; rule is the inside of its only rule.
func routed(rule string) string {
	return "-- east/route.yaml --\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: web, namespace: shop}\nspec:\n" +
		"  parentRefs: [{group: core, kind: Service, name: web, port: 80}]\n  rules: [{" + rule + "}]\n"
}

func backends(weights ...string) string {
	var list []string
	for _, w := range weights {
		name, weight, _ := strings.Cut(w, "=")
		list = append(list, fmt.Sprintf("{name: %s, port: 80, weight: %s}", name, weight))
	}
	return "backendRefs: [" + strings.Join(list, ", ") + "]"
}

func installed(names ...string) string {
	out := "-- east/installed.yaml --\n"
	for _, n := range names {
		out += fmt.Sprintf("---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s, namespace: linkerd}\nspec:\n  selector: {matchLabels: {app: %s}}\n  template: {metadata: {labels: {app: %s}}, spec: {containers: [{name: c, image: x}]}}\n", n, n, n)
	}
	return out
}

const split = "-- east/split.yaml --\napiVersion: split.smi-spec.io/v1alpha2\nkind: TrafficSplit\nmetadata: {name: web, namespace: shop, labels: {failover.linkerd.io/controlled-by: linkerd-failover}}\nspec: {service: web, backends: [{service: web, weight: 1}, {service: web-west, weight: 0}]}\n"

func profileIn(namespace, spec string) string {
	return fmt.Sprintf("-- east/profile.yaml --\napiVersion: linkerd.io/v1alpha2\nkind: ServiceProfile\nmetadata: {name: web-federated.shop.svc.cluster.local, namespace: %s}\nspec: {%s}\n", namespace, spec)
}

// told is one cell in a few words: what becomes of requests of east, where they end up, and how long that takes at most.
func told(m *failover.Matrix) string {
	for _, c := range m.Cells {
		if c.Client.Cluster != "east" {
			continue
		}
		var to []string
		for _, d := range c.Destinations {
			if !slices.Contains(to, d.Cluster) {
				to = append(to, d.Cluster)
			}
		}
		slices.Sort(to)
		text := string(c.Outcome)
		switch c.Outcome {
		case failover.Degraded:
			text += fmt.Sprintf(" %.2f", c.FailingShare)
		case failover.Survives:
			text += " " + strings.Join(to, "+") + " " + c.Recovery.Upper.String()
		}
		return text
	}
	return "-"
}

func cell(t *testing.T, f *fleet.Fleet, name, scenario string, fault failover.Fault) string {
	t.Helper()
	return told(cellsOf(t, f, name, scenario, fault))
}

// causeAt is what decides about the cell, and the line.
func causeAt(t *testing.T, f *fleet.Fleet, name, scenario string) string {
	t.Helper()
	for _, c := range cellsOf(t, f, name, scenario, failover.Crash).Cells {
		if c.Client.Cluster == "east" && len(c.Causes) > 0 {
			return causeIn(c)
		}
	}
	return ""
}

func causeIn(c *failover.Cell) string {
	at := c.Causes[0].Origin.Position()
	return fmt.Sprintf(" %s %s:%d", c.Causes[0].Kind, at.File, at.Line)
}

func cellsOf(t *testing.T, f *fleet.Fleet, name, scenario string, fault failover.Fault) *failover.Matrix {
	t.Helper()
	s, err := failover.ParseScenario(scenario)
	if err != nil {
		t.Fatal(err)
	}
	m, err := failover.Compute(context.Background(), f.Graph, failover.Options{
		Services:  func(s *mesh.Service) bool { return s.Name == name && s.Clusters[0] == "east" },
		Scenarios: []failover.Scenario{s}, Faults: []failover.Fault{fault},
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Every expectation is worked out by hand from docs of Linkerd: who still has an endpoint, who notices, and after how long. The
// kubelet reports a container that is gone in 2 s at most; a refused connection is known in 1 s at most; a breaker of 7 failures at
// 10 requests a second over n endpoints trips within the timeout and 7 n / 10 s.
func TestCellsOfLinkerd(t *testing.T) {
	const local, remote, away, gateway = "workload=east/shop/Deployment/web", "cluster=west", "workload=west/shop/Deployment/web", "gateway=west/linkerd-multicluster/linkerd-gateway"
	weighted := mirrored(exported, "") + routed(backends("web=1", "web-west=1"))
	operated := mirrored(exported, "") + split + installed("linkerd-destination", "smi-adaptor", "linkerd-failover")
	for _, tt := range []struct {
		name, manifests, service string
		want                     map[string]string // scenario, fault -> cell
	}{
		{"federated, neither breaker nor timeout", federated(""), "web-federated", map[string]string{
			local + " crash": "survives west 1s", local + " hang": "degraded 0.50", local + " partition": "unknown",
			remote + " crash": "survives east 1s", remote + " hang": "degraded 0.50", remote + " partition": "unknown", away + " crash": "survives east 1s"}},
		{"federated, a breaker alone never sees a hang", federated(breaker), "web-federated", map[string]string{
			local + " crash": "survives west 1s", local + " hang": "degraded 0.50", remote + " hang": "degraded 0.50", remote + " partition": "unknown"}},
		{"federated, a timeout alone ejects nobody", federated(timeout), "web-federated", map[string]string{
			local + " hang": "degraded 0.50", remote + " hang": "degraded 0.50", remote + " partition": "unknown"}},
		{"federated, breaker and timeout", federated(both), "web-federated", map[string]string{
			local + " crash": "survives west 1s", local + " hang": "survives west 4.8s", local + " partition": "survives west 3.8s", local + " error": "survives west 2.8s",
			remote + " crash": "survives east 1s", remote + " hang": "survives east 4.8s", remote + " partition": "survives east 3.8s"}},
		{"a value that cannot be read drops the breaker", federated(both + ", balancer.linkerd.io/failure-accrual-consecutive-max-penalty: '5'"), "web-federated", map[string]string{
			local + " hang": "degraded 0.50", local + " crash": "survives west 1s"}},
		{"a misspelt mode drops it as well", federated("balancer.linkerd.io/failure-accrual: Consecutive, " + timeout), "web-federated", map[string]string{remote + " hang": "degraded 0.50"}},
		{"no failures trip it: never", federated(both + ", balancer.linkerd.io/failure-accrual-consecutive-max-failures: '0'"), "web-federated", map[string]string{remote + " hang": "degraded 0.50"}},
		{"the rate of successes trips it", federated("balancer.linkerd.io/failure-accrual: unified, balancer.linkerd.io/failure-accrual-consecutive-max-failures: '0', " + timeout), "web-federated", map[string]string{
			remote + " hang": "survives east 4s"}},
		{"a profile with routes turns the breaker off", federated(both) + profileIn("shop", "routes: [{name: all, condition: {pathRegex: '/.*'}}]"), "web-federated", map[string]string{
			remote + " hang": "degraded 0.50", remote + " crash": "survives east 1s"}},
		{"the profile of the callers' namespace", federated(both) + profileIn("front", "routes: [{name: all, condition: {pathRegex: '/.*'}}]"), "web-federated", map[string]string{remote + " hang": "degraded 0.50"}},
		{"the profile of others", federated(both) + profileIn("elsewhere", "routes: [{name: all, condition: {pathRegex: '/.*'}}]"), "web-federated", map[string]string{remote + " hang": "survives east 4.8s"}},
		{"a profile with a budget alone turns nothing off", federated(both) + profileIn("shop", "retryBudget: {retryRatio: 0.2, minRetriesPerSecond: 10, ttl: 10s}"), "web-federated", map[string]string{remote + " hang": "survives east 4.8s"}},
		{"a profile whose weights are all 0 does not count", federated(both) + profileIn("shop", "dstOverrides: [{authority: web.shop.svc.cluster.local, weight: 0}]"), "web-federated", map[string]string{remote + " hang": "survives east 4.8s"}},
		{"an opaque port has no requests", federated(both + ", config.linkerd.io/opaque-ports: '80'"), "web-federated", map[string]string{
			remote + " hang": "degraded 0.50", remote + " crash": "survives east 1s"}},
		{"an appProtocol that Linkerd does not know", strings.ReplaceAll(federated(both), "port: 80}", "port: 80, appProtocol: grpc}"), "web-federated", map[string]string{remote + " hang": "degraded 0.50"}},
		{"an appProtocol that it knows", strings.ReplaceAll(federated(both), "port: 80}", "port: 80, appProtocol: kubernetes.io/h2c}"), "web-federated", map[string]string{remote + " hang": "survives east 4.8s"}},
		{"a member of a cluster that nobody links is skipped", federated("") + "-- east/federated.yaml --\napiVersion: v1\nkind: Service\nmetadata: {name: web-federated, namespace: shop, annotations: {multicluster.linkerd.io/remote-discovery: 'web@wset'}}\nspec: {ports: [{name: http, port: 80}]}\n", "web-federated", map[string]string{
			"none crash": "lost"}},

		{"a route to a flat mirror, breaker and timeout on the parent", mirrored(flat, both) + routed(backends("web=1", "web-west=1")), "web", map[string]string{
			local + " crash": "survives west 4s", local + " hang": "survives west 7.8s", remote + " crash": "survives east 4s", remote + " hang": "survives east 7.8s", remote + " partition": "survives east 6.8s"}},
		{"a route to a flat mirror, neither", mirrored(flat, "") + routed(backends("web=1", "web-west=1")), "web", map[string]string{
			local + " crash": "survives west 4s", local + " hang": "degraded 0.50", remote + " hang": "degraded 0.50", remote + " partition": "unknown"}},
		{"a timeout of the rule", mirrored(flat, breaker) + routed(backends("web=1", "web-west=1")+", timeouts: {request: 2s}"), "web", map[string]string{remote + " hang": "survives east 7.8s"}},
		{"a timeout of the rule in two units is dropped", mirrored(flat, breaker) + routed(backends("web=1", "web-west=1")+", timeouts: {request: 1m30s}"), "web", map[string]string{remote + " hang": "degraded 0.50"}},
		{"the breaker of a backend does nothing", linkTo + webIn("east", "", timeout) + webIn("west", flat, both) + routed(backends("web=1", "web-west=1")), "web", map[string]string{remote + " hang": "degraded 0.50"}},
		{"a route through a gateway: the probe sees what becomes of the gateway alone", weighted, "web", map[string]string{
			local + " crash": "survives west 4s", remote + " crash": "survives east 4s", remote + " hang": "survives east 1m36s", remote + " partition": "survives east 1m36s",
			gateway + " crash": "survives east 4s", gateway + " hang": "survives east 1m36s", away + " hang": "degraded 0.50", away + " crash": "survives east 5s"}},
		{"a backend of weight 0 never takes over", mirrored(exported, "") + routed(backends("web=100", "web-west=0")), "web", map[string]string{local + " crash": "lost"}},
		{"the weight of an only backend does not count", mirrored(exported, "") + routed(backends("web-west=0")), "web", map[string]string{"none crash": "-", away + " crash": "lost"}},
		{"weights that are all 0", mirrored(exported, "") + routed(backends("web=0", "web-west=0")), "web", map[string]string{"none crash": "lost"}},
		{"a backend that does not exist is never left out", mirrored(exported, "") + routed(backends("web=4", "nowhere=1")), "web", map[string]string{"none crash": "degraded 0.20"}},
		{"a port that a backend does not have", mirrored(exported, "") + strings.ReplaceAll(routed(backends("web=4", "web-west=1")), "web-west, port: 80", "web-west, port: 81"), "web", map[string]string{"none crash": "degraded 0.20"}},
		{"a filter that is not supported drops the route", mirrored(exported, "") + routed(backends("web=1", "web-west=1")+", filters: [{type: URLRewrite, urlRewrite: {hostname: x}}]"), "web", map[string]string{local + " crash": "lost"}},
		{"a route on an opaque port", mirrored(exported, "config.linkerd.io/opaque-ports: '80'") + routed(backends("web=1", "web-west=1")), "web", map[string]string{local + " crash": "lost"}},
		{"a gateway refuses who has no identity", strings.Replace(mirrored(exported, ""), "gatewayIdentity: linkerd", "#", 1) + routed(backends("web-west=1")), "web", map[string]string{"none crash": "lost"}},
		{"a route of another namespace is for its callers", mirrored(exported, "") + strings.ReplaceAll(routed(backends("web=1", "web-west=1")), "namespace: shop}", "namespace: elsewhere}"), "web", map[string]string{local + " crash": "lost"}},
		{"a route of the callers' namespace", mirrored(exported, "") + strings.NewReplacer("namespace: shop}", "namespace: front}", "name: web, port: 80}]", "name: web, namespace: shop, port: 80}]").Replace(routed(backends("web=1", "web-west=1"))), "web", map[string]string{local + " crash": "survives west 4s"}},

		{"a split under the operator", operated, "web", map[string]string{
			local + " crash": "survives west 5s", local + " hang": "lost", remote + " crash": "-"}},
		{"a breaker beside a split", mirrored(exported, both) + split + installed("linkerd-destination", "smi-adaptor", "linkerd-failover"), "web", map[string]string{local + " hang": "lost"}},
		{"the operator never takes a flat mirror for ready", mirrored(flat, "") + split + installed("linkerd-destination", "smi-adaptor", "linkerd-failover"), "web", map[string]string{local + " crash": "lost"}},
		{"nor what has dots in its name", mirrored(exported, "") + strings.Replace(split, "service: web-west", "service: web-west.shop", 1) + installed("linkerd-destination", "smi-adaptor", "linkerd-failover"), "web", map[string]string{local + " crash": "lost"}},
		{"a split without the operator", mirrored(exported, "") + split + installed("linkerd-destination", "smi-adaptor"), "web", map[string]string{local + " crash": "lost"}},
		{"a split without the adaptor", mirrored(exported, "") + split + installed("linkerd-destination", "linkerd-failover"), "web", map[string]string{local + " crash": "lost"}},
		{"nothing shows whether the adaptor runs", mirrored(exported, "") + split, "web", map[string]string{local + " crash": "unknown"}},
		{"fixed weights above 0 carry each other", mirrored(exported, "") + strings.NewReplacer(", labels: {failover.linkerd.io/controlled-by: linkerd-failover}", "", "weight: 0", "weight: 1").Replace(split) + installed("linkerd-destination", "smi-adaptor"), "web", map[string]string{
			local + " crash": "survives west 4s"}},

		{"a mirror whose Link is not in the inputs", webIn("east", "", "") + webIn("west", "", "") + "-- east/mirror.yaml --\napiVersion: v1\nkind: Service\nmetadata: {name: web-west, namespace: shop, labels: {mirror.linkerd.io/mirrored-service: 'true', mirror.linkerd.io/cluster-name: west}}\nspec: {ports: [{name: http, port: 80}]}\n", "web-west", map[string]string{
			"none crash": "unknown"}},
		{"a flat mirror of a cluster that is not in the inputs", webIn("east", "", "") + webIn("west", "", "") + "-- east/mirror.yaml --\napiVersion: v1\nkind: Service\nmetadata: {name: web-north, namespace: shop, labels: {multicluster.linkerd.io/remote-discovery: north, multicluster.linkerd.io/remote-service: web}}\nspec: {ports: [{name: http, port: 80}]}\n", "web-north", map[string]string{
			"none crash": "unknown"}},
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
