package fleet_test

import (
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Between two releases Flagger's primary has all requests. A new version is bad in the target first, with the first weight of the
// analysis, and the time of the analysis counts; where Flagger does not certainly go back, the promoted version is judged as ever.
func TestFlaggerTriesANewVersionFirst(t *testing.T) {
	primary, target := pods("cart-primary", "primary", 4, ""), pods("cart", "next", 2, "")
	services := releaseService("cart-primary", "primary") + releaseService("cart-canary", "next")
	route := func(stable, next int) string {
		return releaseRoutes(send(otherHost("cart-primary", stable), otherHost("cart-canary", next)))
	}
	resting := primary + target + services + route(100, 0)
	checks := func(more string) string {
		return flagger("cart", "analysis: {interval: 30s, threshold: 3, "+more+successRate+"}")
	}
	const byHand, tried = "survives 0.00 [] 4 of 2 in 0s..10m0s", "survives 0.00 [] 4 of 2 in 1m30.1s..2m10s"
	for _, c := range []struct {
		name, manifests, release, want string // want is for errors
		traced, untold                 string
	}{
		{"a step of the weight", resting + checks("stepWeight: 10, "), "", tried, "by itself the mesh leaves 10.0 % of the requests failing, until Flagger Canary shop/cart in east goes back", "no pods"},
		{"it says where", resting + checks("stepWeight: 10, "), "", tried, "tries a new version in Deployment cart in east, with 10 % of the requests at first (cart.yaml:", ""},
		{"a list of weights", resting + checks("stepWeights: [5, 50], "), "", tried, "by itself the mesh leaves 5.0 %", ""},
		{"stepWeight counts before the list", resting + checks("stepWeight: 20, stepWeights: [5, 50], "), "", tried, "by itself the mesh leaves 20.0 %", ""},
		{"everything at once", resting + checks("stepWeight: 100, "), "", tried, "by itself the mesh leaves 100.0 %", ""},
		{"asked for by the version that gets nothing yet", resting + checks("stepWeight: 10, "), "cart@cart-canary.shop.svc.cluster.local", tried, "leaves 10.0 %", ""},
		{"a slow analysis", resting + flagger("cart", "analysis: {interval: 30s, threshold: 20, stepWeight: 10, "+successRate+"}"), "",
			"survives 0.00 [] 4 of 2 in 10m0.1s..10m40s", "leaves 10.0 %", ""},
		// In use are half of the four of the primary, however many try the new version.
		{"more pods try than serve", primary + pods("cart", "next", 20, "") + services + route(100, 0) + checks("stepWeight: 10, "), "", tried, "", ""},
		{"the target has no pods now", primary + pods("cart", "next", 0, "") + services + route(100, 0) + checks("stepWeight: 10, "), "", tried, "the inputs have no pods of Deployment cart in east", ""},
		{"a release is on its way", primary + target + services + route(70, 30) + checks("stepWeight: 10, "), "",
			"survives 0.00 [] 4 of 3 in 1m30.1s..2m10s", "by itself the mesh leaves 30.0 %", "tries a new version"},
		{"the checks are left out", resting + flagger("cart", "skipAnalysis: true\n  analysis: {stepWeight: 10, "+successRate+"}"), "", byHand, "leaves 100.0 %", "tries a new version"},
		{"latency alone", resting + flagger("cart", "analysis: {stepWeight: 10, metrics: [{name: request-duration, thresholdRange: {max: 500}}]}"), "", byHand, "leaves 100.0 %", "tries a new version"},
		{"a template that is elsewhere", resting + flagger("cart", "analysis: {stepWeight: 10, metrics: [{name: errors, templateRef: {name: errors}}]}"), "", "", "", ""},
		{"nobody says by which steps", resting + checks(""), "", byHand, "leaves 100.0 %", "tries a new version"},
		{"all at once after checks", resting + checks("iterations: 5, stepWeight: 10, "), "", byHand, "leaves 100.0 %", "tries a new version"},
		// Nobody knows what the version is that gets nothing.
		{"another service's Canary", resting + strings.Replace(checks("stepWeight: 10, "), "spec:\n", "spec:\n  service: {name: basket}\n", 1), "",
			"survives 0.00 [] 2 of 2 in 100ms..10s", "go back to cart-canary", "tries a new version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cells := released(t, c.manifests, c.release)
			var trace string
			for _, cell := range cells {
				if cell.Fault != failover.Error {
					continue
				}
				trace = strings.Join(cell.Trace, "\n")
				if got := tell(cell); got != c.want && c.want != "" {
					t.Errorf("%s, want %s\n%s", got, c.want, trace)
				}
			}
			if trace == "" || !strings.Contains(trace, c.traced) || c.untold != "" && strings.Contains(trace, c.untold) {
				t.Errorf("want %q, and not %q\n%s\n%v", c.traced, c.untold, trace, cellIDs(cells))
			}
		})
	}
}

// A cluster without a Canary of its own has nobody who tries: the release is not one that is tried everywhere.
func TestFlaggerTriesInItsOwnClusterAlone(t *testing.T) {
	const step = "stepWeight: 10, "
	both := strings.Replace(releaseShop, "clusters: [east]", "clusters: [east, west]", 1)
	both = strings.Replace(both, "sources: [{path: east}]}]", "sources: [{path: east}]}, {name: west, region: us-west-2, zones: [a], sources: [{path: west}]}]", 1)
	shared := pods("cart-primary", "primary", 4, "") + pods("cart", "next", 2, "") + releaseService("cart-primary", "primary") + releaseService("cart-canary", "next") +
		releaseRoutes(send(otherHost("cart-primary", 100), otherHost("cart-canary", 0)))
	canary := flagger("cart", "analysis: {interval: 30s, threshold: 3, "+step+successRate+"}")
	namespace := "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n" + releaseService("cart", "primary")
	for _, c := range []struct {
		west string
		want float64
	}{{canary, 10}, {"", 100}} {
		f := loaded(t, unpack(t, both+strings.TrimPrefix(shared+canary, "---\n")+"\n-- west/cart.yaml --\n"+namespace+shared+c.west))
		cart := serviceOf(t, f, "cart")
		tries := 0
		for _, cell := range releaseCells(t, f.Graph, cart) {
			if strings.Contains(strings.Join(cell.Trace, "\n"), "tries a new version") {
				tries++
			}
		}
		if (tries > 0) != (c.want == 10) {
			t.Errorf("%d cells with a trial, want a share of %v", tries, c.want)
		}
	}
}

// releaseCells are the cells of a service for the releases that exist by default.
func releaseCells(t *testing.T, g *mesh.Graph, s *mesh.Service) []*failover.Cell {
	t.Helper()
	m, err := failover.Compute(t.Context(), g, failover.Options{Services: func(o *mesh.Service) bool { return o == s }, Scenarios: []failover.Scenario{}, Releases: true, Traces: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Cells) == 0 {
		t.Fatal("no cells")
	}
	return m.Cells
}
