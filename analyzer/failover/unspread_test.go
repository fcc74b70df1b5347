package failover

import (
	"testing"

	"github.com/passmuster/muster/mesh"
)

func TestASpreadIsMissingOnlyWhereNothingElseIsUnknown(t *testing.T) {
	g := &mesh.Graph{Clusters: []*mesh.Cluster{{Name: "east", Zones: []string{"a", "b"}}, {Name: "bare"}}}
	g.Index()
	workload := func(cluster, name string, replicas int) *mesh.Workload {
		return &mesh.Workload{ID: cluster + "/shop/Deployment/" + name, Cluster: cluster, Namespace: "shop", Kind: "Deployment", Name: name,
			Replicas: mesh.Of(replicas, mesh.Origin{})}
	}
	s := &mesh.Service{}
	for _, w := range []*mesh.Workload{workload("east", "pay", 3), workload("east", "pay-v2", 2), workload("east", "one", 1), workload("bare", "pay", 3)} {
		s.Endpoints = append(s.Endpoints, &mesh.Endpoint{Workload: w})
	}
	pay, v2 := zoneUnknown("Deployment shop/pay in east"), zoneUnknown("Deployment shop/pay-v2 in east")
	tests := []struct {
		name, reason string
		want         int
	}{
		{"one workload", pay, 1},
		{"two workloads", v2 + "; " + pay, 2},
		{"something else beside", pay + "; requests on open connections wait for TCP", 0},
		{"something else alone", "requests on open connections wait for TCP", 0},
		{"a workload of another service", zoneUnknown("Deployment shop/ledger in east"), 0},
		{"a single pod", zoneUnknown("Deployment shop/one in east"), 0},
		{"a cluster whose zones are not known", zoneUnknown("Deployment shop/pay in bare"), 0},
		{"nothing is unknown", "", 0},
	}
	missing := Unspread(g)
	for range 2 { // the second answer is one that was kept
		for _, test := range tests {
			if got := missing(s, test.reason); len(got) != test.want {
				t.Errorf("%s: got %d workloads, want %d", test.name, len(got), test.want)
			}
		}
	}
}
