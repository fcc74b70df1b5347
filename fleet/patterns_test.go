package fleet_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/pattern"
	"github.com/passmuster/muster/mesh"
)

const threePlaces = `
-- muster.yaml --
apiVersion: passmuster.dev/v1
meshes:
  - {name: prod, kind: istio, version: "1.31", trustDomain: cluster.local, clusters: [east, west, eu, spare]}
clusters:
  - {name: east, region: us-east-1, zones: [a], sources: [{path: all}, {path: east}]}
  - {name: west, region: us-west-2, zones: [a], sources: [{path: all}, {path: west}]}
  - {name: eu, region: eu-west-1, zones: [a], sources: [{path: all}, {path: eu}]}
  - {name: spare, region: us-east-1, zones: [b], sources: [{path: all}, {path: spare}]}
-- east/none.yaml --
-- west/none.yaml --
-- eu/none.yaml --
-- spare/none.yaml --
-- all/pay.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: pay, namespace: shop}
spec: {selector: {app: pay}, ports: [{name: http, port: 80}]}
`

// at adds two pods with an app's label to a cluster: "east pay", or "east pay v2" with a version.
func at(place string) string {
	p := strings.Fields(place)
	name, labels := p[1], "app: "+p[1]
	if len(p) > 2 {
		name, labels = name+"-"+p[2], labels+", version: "+p[2]
	}
	return fmt.Sprintf(`-- %s/%s.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: %s, namespace: shop}
spec: {replicas: 2, selector: {matchLabels: {%s}}, template: {metadata: {labels: {%s}}, spec: {containers: [{name: a, image: a:1}]}}}
`, p[0], name, name, labels, labels)
}

// rule is a DestinationRule for pay; its trafficPolicy begins on line 6.
func rule(policy ...string) string {
	text := "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: pay, namespace: shop}\nspec:\n  host: pay.shop.svc.cluster.local\n"
	if len(policy) > 0 {
		text += "  trafficPolicy:\n    " + strings.Join(policy, "\n    ") + "\n"
	}
	return text
}

// versions are subsets by the version label.
func subsets(names ...string) string {
	text := "  subsets:\n"
	for _, n := range names {
		text += "  - {name: " + n + ", labels: {version: " + n + "}}\n"
	}
	return text
}

// routes is a VirtualService for pay; its first rule begins on line 7.
func routes(http ...string) string {
	return "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: pay, namespace: shop}\nspec:\n  hosts: [pay.shop.svc.cluster.local]\n  http:\n  - " +
		strings.Join(http, "\n  - ") + "\n"
}

// to is the route of one rule: "v1 90" to a subset, "host:pay-canary 10" to another service.
func to(backends ...string) string {
	var list []string
	for _, b := range backends {
		name, weight, weighted := strings.Cut(b, " ")
		d := "host: pay.shop.svc.cluster.local, subset: " + name
		if host, ok := strings.CutPrefix(name, "host:"); ok {
			d = "host: " + host + ".shop.svc.cluster.local"
		}
		text := "{destination: {" + d + "}"
		if weighted {
			text += ", weight: " + weight
		}
		list = append(list, text+"}")
	}
	return "route: [" + strings.Join(list, ", ") + "]"
}

// service is another Service, by selector.
func service(name, selector string) string {
	return fmt.Sprintf("---\napiVersion: v1\nkind: Service\nmetadata: {name: %s, namespace: shop}\nspec: {selector: {%s}, ports: [{name: http, port: 80}]}\n", name, selector)
}

const (
	detects  = "outlierDetection: {maxEjectionPercent: 100}"
	failsTo  = "loadBalancer: {localityLbSetting: {failover: [{from: eu-west-1, to: us-east-1}]}}"
	eastOnly = `loadBalancer: {localityLbSetting: {distribute: [{from: "*", to: {"us-east-1/*": 100}}]}}`
	testers  = `match: [{headers: {cookie: {regex: ".*beta=1.*"}}}]` + "\n    "
)

func TestWhatPatternRuns(t *testing.T) {
	both := []string{"east pay", "west pay"}
	apart := []string{"east pay v1", "west pay v2"}
	beside := []string{"east pay v1", "east pay v2"}
	tests := []struct {
		name  string
		where []string // pods; callers are "web"
		mesh  string
		want  string
	}{
		{"a list with detection orders the regions", append(both, "eu web"), rule(failsTo, detects), `active-passive
us-east-1 answers every request on a normal day, and us-west-2 stands by (mesh.yaml:7)
failover eu-west-1 -> us-east-1 (mesh.yaml:7)`},
		{"the mesh ignores a list without detection", append(both, "eu web"), rule(failsTo), `active-active
us-east-1 and us-west-2 answer requests on a normal day (mesh.yaml:7)
failover eu-west-1 -> us-east-1 is ignored: no outlierDetection in the policy in effect, so no tiers (mesh.yaml:7)`},
		{"labels order the clusters for everybody", append(both, "east web", "west web"),
			rule(`loadBalancer: {localityLbSetting: {failoverPriority: ["topology.istio.io/cluster=west"]}}`, detects), `active-passive
us-west-2 answers every request on a normal day, and us-east-1 stands by (mesh.yaml:7)
failoverPriority topology.istio.io/cluster=west (mesh.yaml:7)`},
		{"clusters of one region are places too", []string{"east pay", "spare pay", "eu web"},
			rule(`loadBalancer: {localityLbSetting: {failoverPriority: ["topology.istio.io/cluster=east"]}}`, detects), `active-passive
east answers every request on a normal day, and spare stands by (mesh.yaml:7)
failoverPriority topology.istio.io/cluster=east (mesh.yaml:7)`},
		{"a list that leaves each region to its own callers makes none the first", append(both, "east web", "west web"),
			rule(`loadBalancer: {localityLbSetting: {failover: [{from: us-east-1, to: us-west-2}]}}`, detects), `active-active
us-east-1 and us-west-2 answer requests on a normal day: each serves its own callers first (mesh.yaml:7)
failover us-east-1 -> us-west-2 (mesh.yaml:7)
outlierDetection makes tiers of localities (mesh.yaml:8)`},
		{"detection without a list", append(both, "east web", "west web"), rule(detects), `active-active
us-east-1 and us-west-2 answer requests on a normal day: each serves its own callers first (mesh.yaml:7)
outlierDetection makes tiers of localities (mesh.yaml:7)`},
		{"detection without a list, and callers in one region only", append(both, "west web"), rule(detects), `active-active
each of us-east-1 and us-west-2 serves its own callers first, and no list prefers one; the callers in the inputs are all in us-west-2 (mesh.yaml:7)`},
		{"no rule at all", append(both, "eu web"), "", `active-active
us-east-1 and us-west-2 answer requests on a normal day (pay.yaml:7)
nothing orders us-east-1 and us-west-2: no outlierDetection in the policy in effect, so no tiers (pay.yaml:7)`},
		{"distribute over two regions", append(both, "eu web"),
			rule(`loadBalancer: {localityLbSetting: {distribute: [{from: "*", to: {"us-east-1/*": 80, "us-west-2/*": 20}}]}}`), `active-active
us-east-1 and us-west-2 answer requests on a normal day (mesh.yaml:7)
distribute sends requests from * to us-east-1 and us-west-2 (mesh.yaml:7)`},
		{"distribute to one region leaves the other idle for ever", append(both, "eu web"), rule(eastOnly, detects), `active-passive
distribute sends every request from * to us-east-1: us-west-2 stands by and is never used, not even when us-east-1 fails (mesh.yaml:7)`},
		{"one region", []string{"east pay", "eu web"}, rule(failsTo, detects), `none`},
		{"nobody calls", []string{"east pay", "west pay"}, rule(failsTo, detects), `none`},

		{"weights over two versions", append(beside, "eu web"), rule() + subsets("v1", "v2") + routes(to("v1 90", "v2 10")), `canary
v1 gets 90 of 100 requests (mesh.yaml:16)
v2 gets 10 of 100 requests (mesh.yaml:16)`},
		{"weights over versions in both regions", []string{"east pay v1", "east pay v2", "west pay v1", "eu web"},
			rule() + subsets("v1", "v2") + routes(to("v1 90", "v2 10")), `active-active, canary
us-east-1 and us-west-2 answer requests on a normal day (mesh.yaml:5)
nothing orders us-east-1 and us-west-2: no outlierDetection in the policy in effect, so no tiers (mesh.yaml:5)
v1 gets 90 of 100 requests (mesh.yaml:16)
v2 gets 10 of 100 requests (mesh.yaml:16)`},
		{"weights over regions are no release", append(apart, "eu web"), rule() + subsets("v1", "v2") + routes(to("v1 90", "v2 10")), `active-active
us-east-1 and us-west-2 answer requests on a normal day (mesh.yaml:5)`},
		{"weight 0 elsewhere is no standby", append(apart, "eu web"), rule() + subsets("v1", "v2") + routes(to("v1 100", "v2 0")), `none
weight 0 makes no standby of subset v2: nothing sends requests there when us-east-1 fails (mesh.yaml:16)
weight 0 makes neither a release nor a standby of v2, which runs elsewhere than v1 (mesh.yaml:16)`},
		{"weight 0 here is an idle colour", append(beside, "eu web"), rule() + subsets("v1", "v2") + routes(to("v1 100", "v2 0")), `blue-green
v1 gets every request (mesh.yaml:16)
v2 gets none, and its pods run (mesh.yaml:16)`},
		{"an idle colour that no route names", append(beside, "eu web"), rule() + subsets("v1", "v2") + routes(to("v1")), `blue-green
v1 gets every request (mesh.yaml:16)
v2 gets none, and its pods run (mesh.yaml:16)`},
		{"an idle colour without pods", []string{"east pay v1", "eu web"}, rule() + subsets("v1", "v2") + routes(to("v1 100", "v2 0")), `none
no pod runs v2 (mesh.yaml:8)`},
		{"subsets beside a route to the whole service", append(beside, "eu web"), rule() + subsets("v1", "v2") + routes(to("host:pay")), `none
v1 and v2 answer by their number of pods: no route tells them apart (mesh.yaml:7)`},
		{"subsets without a route", append(beside, "eu web"), rule() + subsets("v1", "v2"), `none
v1 and v2 answer by their number of pods: no route tells them apart (mesh.yaml:7)`},
		{"two names for the same pods", []string{"east pay v1", "eu web"},
			rule() + "  subsets:\n  - {name: v1, labels: {version: v1}}\n  - {name: v2, labels: {app: pay}}\n" + routes(to("v1 50", "v2 50")), `none`},
		{"part of the weight leads nowhere", append(beside, "eu web"), rule() + subsets("v1", "v2") + routes(to("v1 80", "v3 20")), `none`},
		{"a cookie", append(beside, "eu web"), rule() + subsets("v1", "v2") + routes(testers+to("v2"), to("v1")), `a-b
v2 gets requests by their header cookie alone (mesh.yaml:16)`},
		{"a cookie and weights", append(beside, "eu web"), rule() + subsets("v1", "v2") + routes(testers+to("v2"), to("v1 90", "v2 10")), `canary
v1 gets 90 of 100 requests (mesh.yaml:18)
v2 gets 10 of 100 requests (mesh.yaml:18)`},
		{"a path is no test of callers", append(beside, "eu web"), rule() + subsets("v1", "v2") + routes("match: [{uri: {prefix: /v2}}]\n    "+to("v2"), to("v1")), `none`},

		{"services by a controller's suffixes", []string{"east stable", "east next", "eu web"},
			service("pay-primary", "app: stable") + service("pay-canary", "app: next") + routes(to("host:pay-primary 95", "host:pay-canary 5")), `canary
pay-canary.shop.svc.cluster.local gets 5 of 100 requests (mesh.yaml:17)
pay-primary.shop.svc.cluster.local gets 95 of 100 requests (mesh.yaml:17)`},
		{"services of one application", append(beside, "eu web"),
			service("pay-a", "app: pay, version: v1") + service("pay-b", "app: pay, version: v2") + routes(to("host:pay-a 95", "host:pay-b 5")), `canary
pay-a.shop.svc.cluster.local gets 95 of 100 requests (mesh.yaml:17)
pay-b.shop.svc.cluster.local gets 5 of 100 requests (mesh.yaml:17)`},
		{"a share for another application is no release", []string{"east pay", "east ledger", "eu web"},
			service("ledger", "app: ledger") + routes(to("host:pay 95", "host:ledger 5")), `none`},
		{"the other version stands in another region", append(apart, "eu web"),
			service("pay-a", "app: pay, version: v1") + service("pay-b", "app: pay, version: v2") + routes(to("host:pay-a 100", "host:pay-b 0")), `none
weight 0 makes no standby of pay-b.shop.svc.cluster.local: nothing sends requests there when us-east-1 fails (mesh.yaml:17)
weight 0 makes neither a release nor a standby of pay-b.shop.svc.cluster.local, which runs elsewhere than pay-a.shop.svc.cluster.local (mesh.yaml:17)`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			archive := threePlaces + "-- all/mesh.yaml --\n" + strings.TrimPrefix(test.mesh, "---\n")
			for _, p := range test.where {
				archive += at(p)
			}
			f := loaded(t, unpack(t, archive))
			if got := tellPattern(pattern.Of(f.Graph, serviceOf(t, f, "pay")), true); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// tellPattern renders what runs, and evidence with its lines.
func tellPattern(i pattern.Inferred, evidence bool) string {
	text := string(i.Pattern())
	switch {
	case i.Pattern() == "":
		text = "not known: " + i.Unknown
	case i.Places != "" && i.Versions != "":
		text += ", " + string(i.Versions)
	}
	if evidence {
		for _, e := range i.Evidence {
			text += fmt.Sprintf("\n%s (%s)", e.What, e.Origin.Position().Short())
		}
	}
	return text
}

func TestPatternsThatTheInputsDoNotDecide(t *testing.T) {
	archive := func(mesh string, where ...string) string {
		text := threePlaces + "-- all/mesh.yaml --\n" + strings.TrimPrefix(mesh, "---\n")
		for _, p := range where {
			text += at(p)
		}
		return text
	}
	nowhere := strings.Replace(archive("", "east pay", "west pay", "eu web"), "region: us-west-2, zones: [a], ", "", 1)
	// A port with other weights than the first.
	ports := strings.Replace(archive(rule()+subsets("v1", "v2")+routes("match: [{port: 80}]\n    "+to("v1 90", "v2 10"), to("v1 50", "v2 50")),
		"east pay v1", "east pay v2", "eu web"), "ports: [{name: http, port: 80}]", "ports: [{name: http, port: 80}, {name: http-b, port: 81}]", 1)
	for name, test := range map[string]struct{ archive, want string }{
		"a cluster of no known region": {nowhere, "not known: the region of some endpoints is not known"},
		"weights that differ by port":  {ports, "not known: callers or ports are told different weights"},
	} {
		t.Run(name, func(t *testing.T) {
			f := loaded(t, unpack(t, test.archive))
			if got := tellPattern(pattern.Of(f.Graph, serviceOf(t, f, "pay")), false); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	many := rule() + "  subsets:\n"
	for n := range 101 {
		many += fmt.Sprintf("  - {name: v%d, labels: {version: v%d}}\n", n, n)
	}
	f := loaded(t, unpack(t, archive(many, "east pay v1", "east pay v2", "eu web")))
	if got, want := tellPattern(pattern.Of(f.Graph, serviceOf(t, f, "pay")), false), "not known: 101 versions are more than muster compares"; got != want {
		t.Errorf("many versions: got %q, want %q", got, want)
	}
	f = loaded(t, unpack(t, archive("", "east pay", "west pay", "eu web")))
	f.Graph.Gaps = []*mesh.Gap{{Cluster: "east", Namespaces: []string{"shop"}, What: "remote base"}}
	if got, want := tellPattern(pattern.Of(f.Graph, serviceOf(t, f, "pay")), false), "not known: remote base is not in the inputs, and may change this"; got != want {
		t.Errorf("beside a gap: got %q, want %q", got, want)
	}
}
