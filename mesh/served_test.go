package mesh_test

import (
	"slices"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// A release is told of by the service that callers call: the Services of single versions stand back where it is known.
func TestServicesThatARolloutReleases(t *testing.T) {
	name := func(n string) mesh.Value[string] { return mesh.Of(n, mesh.Origin{}) }
	flagger := mesh.Rollout{Controller: mesh.Flagger, Apex: name("pay"), Stable: name("pay-primary"), Preview: name("pay-canary")}
	argo := mesh.Rollout{Controller: mesh.ArgoRollouts, Stable: name("pay-stable"), Preview: name("pay-canary")}
	colours := mesh.Rollout{Controller: mesh.ArgoRollouts, Apex: name("pay"), Stable: name("pay"), Preview: name("pay-canary")}
	chart := mesh.Rollout{Controller: mesh.FluxHelm}
	for _, c := range []struct {
		name    string
		rollout mesh.Rollout
		behind  []string // Services of the workload
		beside  []string // Services of others
		want    []string
	}{
		{"Flagger between two releases", flagger, []string{"pay-canary"}, []string{"pay", "pay-primary"}, []string{"pay"}},
		{"Flagger has made nothing yet", flagger, []string{"pay"}, nil, []string{"pay"}},
		{"Flagger, and the Service is not in the inputs", flagger, []string{"checkout"}, nil, []string{"checkout"}},
		{"Flagger, of which only its own Services are there", flagger, []string{"pay-canary"}, nil, []string{"pay-canary"}},
		{"Flagger, and somebody else calls the same pods", flagger, []string{"ledger", "pay-canary"}, []string{"pay"}, []string{"ledger", "pay"}},
		{"Argo Rollouts names no Service for callers", argo, []string{"pay", "pay-canary", "pay-stable"}, nil, []string{"pay", "pay-stable"}},
		{"Argo Rollouts with colours", colours, []string{"pay", "pay-canary"}, nil, []string{"pay"}},
		{"a chart", chart, []string{"pay", "pay-canary"}, nil, []string{"pay", "pay-canary"}},
		{"nobody calls it", chart, nil, []string{"pay"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, other := &mesh.Workload{ID: "east/shop/pay"}, &mesh.Workload{ID: "east/shop/other"}
			r := c.rollout
			r.Namespace, r.Cluster, r.Workload = "shop", "east", w
			g := &mesh.Graph{Rollouts: []*mesh.Rollout{&r}}
			add := func(names []string, w *mesh.Workload, namespace string) {
				for _, n := range names {
					g.Services = append(g.Services, &mesh.Service{ID: mesh.NewServiceID("m", "m", namespace, n), Name: n, Namespace: namespace,
						Clusters: []string{"east"}, Endpoints: []*mesh.Endpoint{{Workload: w}}})
				}
			}
			add(c.behind, w, "shop")
			add(c.beside, other, "shop")
			add([]string{"pay"}, other, "elsewhere")
			g.Index()
			var got []string
			for _, s := range g.Served().Of(&r) {
				got = append(got, s.Name)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
