package failover

import (
	"testing"

	"github.com/passmuster/muster/mesh"
)

// The loss of a region and that of a cluster are one failure where both take the same, and in no other case.
func TestScenariosThatTakeTheSame(t *testing.T) {
	at := func(cluster, locality string) *mesh.Endpoint {
		return &mesh.Endpoint{Address: cluster + locality, Cluster: cluster, Locality: mesh.ParseLocality(locality), Workload: &mesh.Workload{ID: cluster + "/n/Deployment/x"}}
	}
	outside := at("", "r0/a")
	outside.Workload = nil
	for _, test := range []struct {
		name     string
		a, b     string
		more     []*mesh.Endpoint
		external bool
		cluster  *mesh.Cluster
		client   *mesh.Client
		want     bool
	}{
		{name: "a region and its only cluster", a: "region=r0", b: "cluster=c0", want: true},
		{name: "two regions", a: "region=r0", b: "region=r1"},
		{name: "two zones", a: "zone=r0/a", b: "zone=r0/b"},
		{name: "a region of two clusters", a: "region=r0", b: "cluster=c0", cluster: &mesh.Cluster{Name: "c2", Region: "r0"}},
		{name: "a pod of the cluster in another region", a: "region=r0", b: "cluster=c0", more: []*mesh.Endpoint{at("c0", "r1/a")}},
		{name: "a pod of another cluster in the region", a: "region=r0", b: "cluster=c0", more: []*mesh.Endpoint{at("c1", "r0/a")}},
		{name: "an external host in the region", a: "region=r0", b: "cluster=c0", more: []*mesh.Endpoint{outside}, external: true},
		{name: "callers of another cluster in the region", a: "region=r0", b: "cluster=c0", client: &mesh.Client{Cluster: "c1", Locality: mesh.ParseLocality("r0/a")}},
		{name: "a workload and the cluster that it is in", a: "workload=c0/n/Deployment/x", b: "cluster=c0"},
		{name: "a region with a zone of another", a: "region=r0+zone=r1/a", b: "cluster=c0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := &mesh.Graph{
				Clusters: []*mesh.Cluster{{Name: "c0", Region: "r0", Zones: []string{"a", "b"}}, {Name: "c1", Region: "r1", Zones: []string{"a"}}},
				Services: []*mesh.Service{
					{ID: "m/m/n/own", Endpoints: []*mesh.Endpoint{at("c0", "r0/a"), at("c0", "r0/b"), at("c1", "r1/a")}},
					{ID: "m/m/n/other", Endpoints: test.more, External: test.external},
				},
				Clients: []*mesh.Client{{Cluster: "c0", Locality: mesh.ParseLocality("r0/b")}, {Cluster: "c1", Locality: mesh.ParseLocality("r1")}},
			}
			if test.cluster != nil {
				g.Clusters = append(g.Clusters, test.cluster)
			}
			if test.client != nil {
				g.Clients = append(g.Clients, test.client)
			}
			g.Index()
			m := NewModel(g)
			var blasts []*Blast
			for _, text := range []string{"none", test.a, test.b} {
				s, err := ParseScenario(text)
				if err != nil {
					t.Fatal(err)
				}
				blasts = append(blasts, m.blast(s))
			}
			if got := m.takesTheSame(blasts[1], blasts[2]); got != test.want {
				t.Errorf("they take the same: %v, want %v", got, test.want)
			}
			rows := newRows(m, blasts)
			if shared := rows.first(blasts[2]) == blasts[1]; shared != test.want {
				t.Errorf("one slot: %v, want %v", shared, test.want)
			}
		})
	}
}
