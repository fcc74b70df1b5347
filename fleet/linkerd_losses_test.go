package fleet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// What is written and does not act is a loss, and what needs no failure to be wrong is a fact; both point at the line that decides.
func TestLossesAndFactsOfLinkerd(t *testing.T) {
	const penalty = ", balancer.linkerd.io/failure-accrual-consecutive-max-penalty: '5'"
	for _, tt := range []struct {
		name, manifests, service string
		losses, facts            []string // kind, and the path of the line
	}{
		{"nothing to say", federated(both), "web-federated", nil, nil},
		{"one value drops the group", webIn("east", "", both+penalty) + webIn("west", "", ""), "web",
			[]string{"one-value-drops-the-group /metadata/annotations/balancer.linkerd.io~1failure-accrual-consecutive-max-penalty"},
			[]string{"invalid /metadata/annotations/balancer.linkerd.io~1failure-accrual-consecutive-max-penalty"}},
		{"timeouts and retries are groups of their own", webIn("east", "", "timeout.linkerd.io/request: 1m30s, retry.linkerd.io/http: '5xx, 429'") + webIn("west", "", ""), "web", nil,
			[]string{"invalid /metadata/annotations/retry.linkerd.io~1http", "invalid /metadata/annotations/timeout.linkerd.io~1request"}},
		{"a profile turns off breaker, timeouts and retries", federated(both+", retry.linkerd.io/limit: '1'") + profileIn("shop", "routes: [{name: all, condition: {pathRegex: '/.*'}}]"), "web-federated",
			[]string{"profile-turns-policy-off /spec/routes", "profile-turns-policy-off /spec/routes", "profile-turns-policy-off /spec/routes"}, nil},
		{"a split turns off the route", mirrored(exported, "") + split + routed(backends("web=1", "web-west=1")) + installed("linkerd-destination", "smi-adaptor", "linkerd-failover"), "web",
			[]string{"profile-turns-policy-off /spec/backends"}, nil},
		{"an opaque port loses breaker and route", mirrored(exported, both+", config.linkerd.io/opaque-ports: '80'") + routed(backends("web=1", "web-west=1")), "web",
			[]string{"opaque-port /metadata/annotations/config.linkerd.io~1opaque-ports", "opaque-port /metadata/annotations/config.linkerd.io~1opaque-ports"}, nil},
		{"a filter that drops the route", mirrored(exported, "") + routed(backends("web=1", "web-west=1")+", filters: [{type: RequestMirror, requestMirror: {backendRef: {name: web, port: 80}}}]"), "web",
			[]string{"route-not-converted /spec/rules/0/filters/0"}, []string{"invalid /spec/rules/0/filters/0"}},
		{"the weaker kind of route", mirrored(exported, "") + routed(backends("web=1", "web-west=1")) + strings.NewReplacer("route.yaml", "grpc.yaml", "HTTPRoute", "GRPCRoute").Replace(routed(backends("web=1"))), "web",
			[]string{"route-outranked "}, nil},
		{"a weight of 0", mirrored(exported, "") + routed(backends("web=1", "web-west=0")), "web", []string{"weight-zero /spec/rules/0/backendRefs/1/weight"}, nil},
		{"the breaker of a backend", linkTo + webIn("east", "", "") + webIn("west", flat, both) + routed(backends("web=1", "web-west=1")), "web",
			[]string{"on-backend /metadata/annotations/balancer.linkerd.io~1failure-accrual"}, nil},
		{"a backend that does not exist", mirrored(exported, "") + routed(backends("web=1", "nowhere=1")), "web", nil, []string{"dangling-host /spec/rules/0/backendRefs/1"}},
		{"a route on a Service that does not exist", mirrored(exported, "") + strings.Replace(routed(backends("web=1")), "kind: Service, name: web", "kind: Service, name: wbe", 1), "web", nil, []string{"dangling-host /spec/parentRefs/0"}},
		{"a split that nobody adapts", mirrored(exported, "") + split + installed("linkerd-destination"), "web",
			[]string{"nobody-acts-on-it /spec/backends/1"}, []string{"unsupported "}},
		{"a fallback that is never ready", mirrored(flat, "") + split + installed("linkerd-destination", "smi-adaptor", "linkerd-failover"), "web", []string{"never-ready /spec/backends/1"}, nil},
		{"a member of a cluster that is not linked", linkTo + webIn("east", "", "") + webIn("west", "", "") + "-- east/federated.yaml --\napiVersion: v1\nkind: Service\nmetadata: {name: web-federated, namespace: shop, annotations: {multicluster.linkerd.io/remote-discovery: 'web@west,web@wset'}}\nspec: {ports: [{name: http, port: 80}]}\n", "web-federated",
			[]string{"target-missing /metadata/annotations/multicluster.linkerd.io~1remote-discovery"}, []string{"dangling-host /metadata/annotations/multicluster.linkerd.io~1remote-discovery"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := loaded(t, unpack(t, twoLinkerds+tt.manifests))
			var losses, facts []string
			for _, s := range f.Graph.Services {
				if s.Name != tt.service || s.Clusters[0] != "east" {
					continue
				}
				v := f.Graph.View(s, &mesh.Client{Mesh: "prod", Cluster: "east", Namespace: "front", Kind: mesh.Sidecar})
				all := slices.Clone(v.Losses)
				for _, p := range v.Pools {
					all = append(all, p.Losses...)
				}
				for _, r := range v.Routes {
					for _, rule := range r.Rules {
						for _, to := range rule.Drawn {
							if to.Pool != nil {
								all = append(all, to.Pool.Losses...)
							}
						}
					}
				}
				seen := map[string]bool{}
				for _, l := range all {
					if key := fmt.Sprint(l.Kind, l.Origin, l.Of); !seen[key] {
						seen[key] = true
						losses = append(losses, string(l.Kind)+" "+l.Origin.Path)
					}
				}
			}
			for _, fact := range f.Graph.Facts {
				facts = append(facts, string(fact.Kind)+" "+fact.Origin.Path)
			}
			slices.Sort(losses)
			slices.Sort(facts)
			if !slices.Equal(losses, tt.losses) {
				t.Errorf("losses %q, want %q", losses, tt.losses)
			}
			if !slices.Equal(facts, tt.facts) {
				t.Errorf("facts %q, want %q", facts, tt.facts)
			}
		})
	}
}

// The mirrors of a Link, the gateway that it leads to and its probe, identities and intents are in the graph.
func TestTheGraphOfLinkerd(t *testing.T) {
	f := loaded(t, unpack(t, twoLinkerds+mirrored(exported, both)+routed(backends("web=1", "web-west=1"))))
	g := f.Graph
	if len(g.Gateways) != 1 || g.Gateways[0].ID != "west/linkerd-multicluster/linkerd-gateway" || !slices.Equal(g.Gateways[0].Addresses, []string{"192.0.2.1"}) {
		t.Fatalf("gateways %+v", g.Gateways)
	}
	mirror := g.Service("prod/east/shop/web-west.shop.svc.cluster.local")
	if mirror == nil || !mirror.Mirror || mirror.Origin.Note != "the service mirror writes it" || mirror.Origin.Path != "/spec/selector" {
		t.Fatalf("mirror %+v", mirror)
	}
	client := &mesh.Client{Mesh: "prod", Cluster: "east", Namespace: "front", Kind: mesh.Sidecar}
	target := g.View(mirror, client).Pool(80, "").Targets[0]
	if len(target.Endpoints) != 1 || target.Endpoints[0].Gateway != g.Gateways[0] || len(target.Endpoints[0].Behind) != 2 || target.Endpoints[0].Behind[0].Cluster != "west" {
		t.Errorf("endpoints %+v", target.Endpoints)
	}
	if c := target.Detection.Check; c == nil || !c.Gateway || c.Failure != 3 || c.Interval.String() != "3s" || c.Timeout.String() != "30s" {
		t.Errorf("probe %+v", target.Detection.Check)
	}
	web := g.Service("prod/east/shop/web.shop.svc.cluster.local")
	if e, ok := web.Intent.Mechanism(); !ok || e.What != "HTTPRoute shop/web sends to web-west" {
		t.Errorf("intent %+v", web.Intent)
	}
	if id := web.Endpoints[0].Workload.Identity; id != "default.shop.serviceaccount.identity.linkerd.cluster.local" {
		t.Errorf("identity %q", id)
	}
	if e := web.Endpoints[0]; e.Security != mesh.MeshMTLS || !e.MeshAble || e.Inbound == nil {
		t.Errorf("endpoint %+v", e)
	}
	if class := g.Class(web, &mesh.Client{Mesh: "prod", Cluster: "west", Namespace: "shop"}); class != "-" {
		t.Errorf("callers of another cluster are in class %q", class)
	}
	for _, c := range g.Clients {
		if c.Cluster == "east" && c.Namespace == "front" && !slices.Equal(c.Principals, []string{"default.front.serviceaccount.identity.linkerd.cluster.local"}) {
			t.Errorf("client %+v", c)
		}
	}
}

// Hints are obeyed by the callers of a zone while they all say something, within the cluster.
func TestZoneHintsOfLinkerd(t *testing.T) {
	at := func(cluster, zone string, hints ...string) *mesh.Endpoint {
		return &mesh.Endpoint{Name: cluster + zone, Cluster: cluster, Locality: mesh.Locality{Zone: zone}, ForZones: hints}
	}
	here, there, far, silent := at("east", "a", "a"), at("east", "b", "b"), at("west", "a"), at("east", "c")
	for _, tt := range []struct {
		name string
		list []*mesh.Endpoint
		zone string
		want string
	}{
		{"its own zone, and what is in other clusters", []*mesh.Endpoint{here, there, far}, "a", "easta westa"},
		{"a zone that none is meant for", []*mesh.Endpoint{here, there}, "c", "easta eastb"},
		{"one without a hint", []*mesh.Endpoint{here, there, silent}, "a", "easta eastb eastc"},
		{"no zone", []*mesh.Endpoint{here, there}, "", "easta eastb"},
	} {
		p := &mesh.Pool{Targets: []mesh.Target{{Endpoints: tt.list}}}
		a := mesh.Hinted{}.Arrange(&mesh.Client{Cluster: "east", Locality: mesh.Locality{Zone: tt.zone}}, p)
		var names []string
		for _, e := range a.Tiers[0].Groups[0].Endpoints {
			names = append(names, e.Name)
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
