package fleet_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// The shop of these tests: web calls cart:80 in one cluster of one zone.
const releaseShop = `
-- muster.yaml --
apiVersion: passmuster.dev/v1
meshes: [{name: prod, kind: istio, version: "1.31", clusters: [east]}]
clusters: [{name: east, region: us-east-1, zones: [a], sources: [{path: east}]}]
-- east/web.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{name: http, port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: "x:1"}]}
-- east/cart.yaml --
`

// pods is a Deployment of cart. The spec has further lines, such as "  revisionHistoryLimit: 0".
func pods(name, version string, replicas int, spec string) string {
	return controller("Deployment", name, version, replicas, spec, "x:1")
}

func controller(kind, name, version string, replicas int, spec, image string) string {
	return fmt.Sprintf(`---
apiVersion: apps/v1
kind: %s
metadata: {name: %s, namespace: shop}
spec:
  replicas: %d
%s  selector: {matchLabels: {app: cart, version: %s}}
  template:
    metadata: {labels: {app: cart, version: %s}}
    spec: {containers: [{name: c, image: %q}]}
`, kind, name, replicas, spec, version, version, image)
}

// withSubsets is a rule with subsets by version label, and a policy.
func withSubsets(policy string, names ...string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = fmt.Sprintf("{name: %s, labels: {version: %s}}", n, n)
	}
	return fmt.Sprintf(`---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: cart, namespace: shop}
spec:
  host: cart.shop.svc.cluster.local
  trafficPolicy: {%s}
  subsets: [%s]
`, policy, strings.Join(list, ", "))
}

const ejects = "outlierDetection: {consecutive5xxErrors: 5, maxEjectionPercent: 100, minHealthPercent: 0}"

// routes is a VirtualService of these rules. The first destination stands on line 10 of the document.
func releaseRoutes(rules ...string) string {
	return `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: cart, namespace: shop}
spec:
  hosts: [cart.shop.svc.cluster.local]
  http:
` + strings.Join(rules, "")
}

func send(to ...string) string {
	return "  - route:\n" + strings.Join(to, "") + "    timeout: 3s\n"
}

func releaseTesters(to ...string) string {
	return "  - match: [{headers: {x-canary: {exact: \"true\"}}}]\n    route:\n" + strings.Join(to, "")
}

func subset(name string, weight int) string {
	return fmt.Sprintf("    - {destination: {host: cart.shop.svc.cluster.local, subset: %s}, weight: %d}\n", name, weight)
}

func otherHost(name string, weight int) string {
	return fmt.Sprintf("    - {destination: {host: %s.shop.svc.cluster.local}, weight: %d}\n", name, weight)
}

func releaseService(name, version string) string {
	return fmt.Sprintf("---\napiVersion: v1\nkind: Service\nmetadata: {name: %s, namespace: shop}\nspec: {selector: {app: cart, version: %s}, ports: [{name: http, port: 80}]}\n", name, version)
}

// released computes the cells of cart for its releases; "" = those that exist by default.
func released(t *testing.T, manifests, release string) []*failover.Cell {
	t.Helper()
	f := loaded(t, unpack(t, releaseShop+strings.TrimPrefix(manifests, "---\n")))
	cart := serviceOf(t, f, "cart")
	o := failover.Options{Services: func(s *mesh.Service) bool { return s == cart }, Scenarios: []failover.Scenario{}, Releases: release == "", Traces: true}
	if release != "" {
		o.Scenarios = []failover.Scenario{failover.One(failover.Release, release)}
	}
	m, err := failover.Compute(context.Background(), f.Graph, o)
	if err != nil {
		t.Fatal(err)
	}
	return m.Cells
}

// tell is a cell in one line: outcome, failing share, causes, replicas, recovery bound.
func tell(c *failover.Cell) string {
	var kinds []string
	for _, cause := range c.Causes {
		kinds = append(kinds, string(cause.Kind))
	}
	text := fmt.Sprintf("%s %.2f %v", c.Outcome, c.FailingShare, kinds)
	if c.Outcome == failover.Survives || c.Outcome == failover.Degraded {
		text += fmt.Sprintf(" %d of %d in %s..%s", c.Capacity.Available, c.Capacity.Needed, c.Recovery.Lower, c.Recovery.Upper)
	}
	return text
}

func TestWaysBackFromABadRelease(t *testing.T) {
	const none = ""
	v1, v2 := pods("cart-v1", "v1", 4, ""), pods("cart-v2", "v2", 2, "")
	split := releaseRoutes(send(subset("v1", 90), subset("v2", 10)))
	both := withSubsets("", "v1", "v2")
	// In use are half of the replicas. A pushed weight takes 0.1 to 10 s, a rollout up to 10 min.
	tests := []struct {
		name, manifests, release string
		want                     map[failover.Fault]string
		reason                   string
	}{
		// 4 of v1 and 2 of v2 use 2 and 1 on a normal day; v1 has 4 for these 3.
		{"canary 90/10", v1 + v2 + both + split, none, map[failover.Fault]string{
			failover.Crash: "survives 0.00 [] 4 of 3 in 100ms..10s", failover.Hang: "survives 0.00 [] 4 of 3 in 100ms..10s", failover.Error: "survives 0.00 [] 4 of 3 in 100ms..10s",
		}, "go back to subset v1"},
		// v1 has 1 where 1 + 1 are in use.
		{"stable too small", pods("cart-v1", "v1", 1, "") + v2 + both + split, none, map[failover.Fault]string{
			failover.Error: "degraded 0.00 [short-of-capacity] 1 of 2 in 100ms..10s",
		}, "subset v1 can run 1 replicas where 2 are needed for all requests"},
		// One pod each, half in use: one of them can carry both halves.
		{"two of one pod", pods("cart-v1", "v1", 1, "") + pods("cart-v2", "v2", 1, "") + both + releaseRoutes(send(subset("v1", 50), subset("v2", 50))), "cart@v1", map[failover.Fault]string{
			failover.Error: "survives 0.00 [] 1 of 1 in 100ms..10s",
		}, "go back to subset v2"},
		{"header canary", v1 + v2 + both + releaseRoutes(releaseTesters(subset("v2", 100)), send(subset("v1", 100))), none, map[failover.Fault]string{
			failover.Crash: "survives 0.00 [] 4 of 3 in 100ms..10s", failover.Error: "survives 0.00 [] 4 of 3 in 100ms..10s",
		}, "go back to subset v1"},
		{"blue-green, the other colour warm", v1 + v2 + both + releaseRoutes(send(subset("v2", 100), subset("v1", 0))), none, map[failover.Fault]string{
			failover.Crash: "survives 0.00 [] 4 of 1 in 100ms..10s", failover.Hang: "survives 0.00 [] 4 of 1 in 100ms..10s",
		}, "go back to subset v1"},
		{"blue-green, the other colour cold", pods("cart-v1", "v1", 0, "") + v2 + both + releaseRoutes(send(subset("v2", 100), subset("v1", 0))), none, map[failover.Fault]string{
			failover.Error: "survives 0.00 [single-colour] 2 of 1 in 0s..10m0s",
		}, "Deployment cart-v2 in east is rolled back"},
		{"blue-green, the other colour missing", v2 + both + releaseRoutes(send(subset("v2", 100), subset("v1", 0))), none, map[failover.Fault]string{
			failover.Error: "survives 0.00 [single-colour] 2 of 1 in 0s..10m0s",
		}, "Deployment cart-v2 in east is rolled back"},
		{"blue-green, nothing to go back to", pods("cart-v2", "v2", 2, "  revisionHistoryLimit: 0\n") + both + releaseRoutes(send(subset("v2", 100), subset("v1", 0))), none, map[failover.Fault]string{
			failover.Crash: "lost 1.00 [no-revision single-colour]",
		}, "keeps no earlier revision"},
		{"a subset that no rule names", v1 + v2 + both + releaseRoutes(send(subset("v2", 100))), none, map[failover.Fault]string{
			failover.Error: "survives 0.00 [] 4 of 1 in 100ms..10s",
		}, "go back to subset v1"},
		// Two Deployments in one pool of 6: 4 are left of which 3 are in use.
		{"mixed pool with outlier detection", v1 + v2 + withSubsets(ejects), "cart.shop.svc.cluster.local@v2", map[failover.Fault]string{
			failover.Error: "survives 0.00 [] 4 of 3 in 0s..3s", // 5 failures at 10/s over 6 hosts
			failover.Crash: "survives 0.00 [] 4 of 3 in 0s..2s", // the kubelet is quicker
		}, ""},
		// Nothing takes the pods out: 2 of 6 fail until their Deployment is rolled back, unless readiness sees it.
		{"mixed pool without", v1 + v2, "cart.shop.svc.cluster.local@cart-v2", map[failover.Fault]string{
			failover.Error: "survives 0.00 [] 6 of 3 in 0s..10m0s",
			failover.Crash: "survives 0.00 [] 4 of 3 in 0s..2s",
		}, "Deployment cart-v2 in east is rolled back"},
		{"mixed pool without, no history", v1 + pods("cart-v2", "v2", 2, "  revisionHistoryLimit: 0\n"), "cart@v2", map[failover.Fault]string{
			failover.Error: "degraded 0.33 [no-revision] 4 of 3 in 0s..0s",
		}, "keeps no earlier revision"},
		{"one version", v2, "cart@v2", map[failover.Fault]string{
			failover.Crash: "survives 0.00 [] 2 of 1 in 0s..10m0s", failover.Hang: "survives 0.00 [] 2 of 1 in 0s..10m0s", failover.Error: "survives 0.00 [] 2 of 1 in 0s..10m0s",
		}, "no other version can take the requests"},
		{"one version, deadlines written", pods("cart-v2", "v2", 2, "  minReadySeconds: 20\n  progressDeadlineSeconds: 120\n"), "cart@v2", map[failover.Fault]string{
			failover.Error: "survives 0.00 [] 2 of 1 in 20s..2m0s",
		}, ""},
		{"one version, no history", pods("cart-v2", "v2", 2, "  revisionHistoryLimit: 0\n"), "cart@v2", map[failover.Fault]string{
			failover.Crash: "lost 1.00 [no-revision]", failover.Hang: "lost 1.00 [no-revision]", failover.Error: "lost 1.00 [no-revision]",
		}, "revisionHistoryLimit 0"},
		{"one version, pods deleted by hand", controller("StatefulSet", "cart", "v2", 2, "  updateStrategy: {type: OnDelete}\n", "x:1"), "cart@cart", map[failover.Fault]string{
			failover.Error: "lost 1.00 [no-revision]",
		}, "OnDelete"},
		// In order, a pod that is not ready is waited for; one that answers errors is ready.
		{"pods in order", controller("StatefulSet", "cart", "v2", 2, "", "x:1"), "cart@cart", map[failover.Fault]string{
			failover.Crash: "unknown 0.00 []", failover.Hang: "survives 0.00 [] 2 of 1 in 0s..10m0s", failover.Error: "survives 0.00 [] 2 of 1 in 0s..10m0s",
		}, "is rolled back"},
		{"pods in parallel", controller("StatefulSet", "cart", "v2", 2, "  podManagementPolicy: Parallel\n", "x:1"), "cart@cart", map[failover.Fault]string{
			failover.Crash: "survives 0.00 [] 2 of 1 in 0s..10m0s",
		}, "is rolled back"},
		{"OnDelete is no word of a Deployment", pods("cart", "v2", 2, "  updateStrategy: {type: OnDelete}\n"), "cart@cart", map[failover.Fault]string{
			failover.Error: "survives 0.00 [] 2 of 1 in 0s..10m0s",
		}, "is rolled back"},
		{"one version, latest image", controller("Deployment", "cart-v2", "v2", 2, "", "x:latest"), "cart@v2", map[failover.Fault]string{
			failover.Error: "unknown 0.00 []",
		}, "whatever is the latest"},
		{"one version, image without a tag", controller("Deployment", "cart-v2", "v2", 2, "", "x"), "cart@v2", map[failover.Fault]string{
			failover.Error: "unknown 0.00 []",
		}, "whatever is the latest"},
		{"one version, image by digest", controller("Deployment", "cart-v2", "v2", 2, "", "x:latest@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"), "cart@v2", map[failover.Fault]string{
			failover.Error: "survives 0.00 [] 2 of 1 in 0s..10m0s",
		}, ""},
		{"a ReplicaSet keeps no revisions", controller("ReplicaSet", "cart", "v2", 2, "", "x:1"), "cart@v2", map[failover.Fault]string{
			failover.Error: "unknown 0.00 []",
		}, "keeps no revisions"},
		{"weights between services", v1 + v2 + releaseService("cart-v1", "v1") + releaseService("cart-v2", "v2") + releaseRoutes(send(otherHost("cart-v1", 75), otherHost("cart-v2", 25))), none, map[failover.Fault]string{
			failover.Error: "survives 0.00 [] 4 of 3 in 100ms..10s",
		}, "go back to cart-v1.shop.svc.cluster.local"},
		{"several workloads, the worst decides", pods("cart-a", "v2", 2, "") + pods("cart-b", "v2", 2, "  revisionHistoryLimit: 0\n"), "cart@v2", map[failover.Fault]string{
			failover.Crash: "lost 1.00 [no-revision]",
		}, "Deployment cart-b in east keeps no earlier revision"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cells := released(t, test.manifests, test.release)
			seen := 0
			for _, c := range cells {
				want, asked := test.want[c.Fault]
				if !asked {
					continue
				}
				seen++
				if got := tell(c); got != want {
					t.Errorf("%s %s: %s (%s), want %s\n%s", c.Scenario, c.Fault, got, c.Reason, want, strings.Join(c.Trace, "\n"))
				}
				if c.Fault == failover.Error && !strings.Contains(c.Reason, test.reason) {
					t.Errorf("%s: reason %q, want %q", c.Fault, c.Reason, test.reason)
				}
			}
			if seen != len(test.want) {
				t.Errorf("%d of %d cells: %v", seen, len(test.want), cellIDs(cells))
			}
		})
	}
}

func cellIDs(cells []*failover.Cell) []string {
	var ids []string
	for _, c := range cells {
		ids = append(ids, c.ID())
	}
	return ids
}

// By default the new versions are asked about: not the stable one, and no partition.
func TestReleasesThatExistByDefault(t *testing.T) {
	v1, v2, v3 := pods("cart-v1", "v1", 2, ""), pods("cart-v2", "v2", 2, ""), pods("cart-v3", "v3", 2, "")
	all := v1 + v2 + v3 + withSubsets("", "v1", "v2", "v3")
	for _, test := range []struct {
		name, manifests string
		want            []string
	}{
		{"no versions", v1, nil},
		{"one subset", v1 + withSubsets("", "v1") + releaseRoutes(send(subset("v1", 100))), nil},
		{"subsets, no route", all, nil},
		{"the heaviest is stable", all + releaseRoutes(send(subset("v1", 60), subset("v2", 30), subset("v3", 10))), []string{"v2", "v3"}},
		{"a tie", all + releaseRoutes(send(subset("v1", 40), subset("v2", 40), subset("v3", 20))), []string{"v1", "v2", "v3"}},
		{"the live colour", all + releaseRoutes(send(subset("v1", 0), subset("v2", 100))), []string{"v2"}},
		{"matches alone", all + releaseRoutes(releaseTesters(subset("v2", 100)), send(subset("v1", 100))), []string{"v2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, c := range released(t, test.manifests, "") {
				_, version, _ := strings.Cut(c.Scenario.Parts[0].Value, "@")
				if !slices.Contains(got, version) {
					got = append(got, version)
				}
				if c.Fault == failover.Partition || c.Subset != "" {
					t.Errorf("%s: a release is no place, and is asked about with its service", c.ID())
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// The recovery term of a way back stands at the weight, that of a rollback at the deadline.
func TestRecoveryOfAReleaseSaysWhichLine(t *testing.T) {
	canary := pods("cart-v1", "v1", 4, "") + pods("cart-v2", "v2", 2, "") + withSubsets("", "v1", "v2") + releaseRoutes(send(subset("v1", 90), subset("v2", 10)))
	before, _, _ := strings.Cut(strings.TrimPrefix(canary, "---\n"), "subset: v2}, weight")
	line := 1 + strings.Count(before, "\n")
	for _, c := range released(t, canary, "") {
		terms := c.Recovery.Terms
		if len(terms) != 1 || terms[0].Name != "config push" || terms[0].Origin.Position().Line != line {
			t.Errorf("%s: %+v, want config push at line %d", c.Fault, terms, line)
		}
	}
	for _, c := range released(t, pods("cart", "v1", 2, "  progressDeadlineSeconds: 90\n"), "cart@v1") {
		terms := c.Recovery.Terms
		if len(terms) != 1 || terms[0].Name != "roll back" || terms[0].Upper != 90*time.Second || terms[0].Origin.Position().Line != 6 {
			t.Errorf("%s: %+v, want roll back within 90s at line 6", c.Fault, terms)
		}
	}
}

// Where no other version has a pod and no revision is kept, no fault is ever survived unless the mesh
// itself leaves no request failing.
func TestNothingSurvivesWithoutAnyWayBack(t *testing.T) {
	gone := "  revisionHistoryLimit: 0\n"
	for i, manifests := range []string{
		pods("cart", "v2", 2, gone),
		pods("cart", "v2", 2, gone) + withSubsets(ejects, "v1", "v2") + releaseRoutes(send(subset("v1", 0), subset("v2", 100))),
		pods("cart", "v2", 2, gone) + withSubsets(ejects, "v1", "v2") + releaseRoutes(send(subset("v1", 90), subset("v2", 10))),
		pods("cart", "v2", 2, gone) + withSubsets("", "v1", "v2") + releaseRoutes(releaseTesters(subset("v2", 100)), send(subset("v1", 100))),
		controller("StatefulSet", "cart", "v2", 3, gone, "x:1") + withSubsets(ejects),
	} {
		cells := released(t, manifests, "cart@v2")
		if len(cells) == 0 {
			t.Errorf("%d: no cells", i)
		}
		for _, c := range cells {
			if c.Outcome == failover.Survives {
				t.Errorf("%d, %s: %s (%s)", i, c.Fault, c.Outcome, c.Reason)
			}
		}
	}
}

// A version that callers may not call is no way back: it is refused, and not left out as no caller.
func TestTheOtherColourRefusesItsCallers(t *testing.T) {
	manifests := pods("cart-v1", "v1", 2, "") + pods("cart-v2", "v2", 2, "") + withSubsets("", "v1", "v2") + releaseRoutes(send(subset("v1", 0), subset("v2", 100))) + `---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: old, namespace: shop}
spec:
  selector: {matchLabels: {version: v1}}
  action: ALLOW
  rules: [{from: [{source: {principals: [cluster.local/ns/other/sa/nobody]}}]}]
`
	cells := released(t, manifests, "cart@v2")
	if len(cells) != 3 {
		t.Fatal(cellIDs(cells))
	}
	for _, c := range cells {
		if c.Outcome != failover.Lost || len(c.Causes) == 0 || c.Causes[0].Kind != failover.CauseRefused {
			t.Errorf("%s: %s", c.Fault, tell(c))
		}
	}
}
