package report

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

func handTopology(t *testing.T) (*hand, *Topology) {
	t.Helper()
	f := handFleet()
	f.graph.Gateways = []*mesh.Gateway{{ID: "east/edge/gw", Cluster: "east", Role: mesh.EastWest}}
	f.graph.Services[2].External = true
	return f, TopologyOf(f.graph, failover.NewModel(f.graph))
}

func TestTopologyShowsWhereThingsStand(t *testing.T) {
	f, got := handTopology(t)
	catalog, mail := string(f.graph.Services[0].ID), string(f.graph.Services[2].ID)
	if want := []TopologyCluster{{"east", "prod", "us-east", []string{"a", "b"}, ""}, {"west", "prod", "us-west", []string{"a", "b"}, ""}}; !reflect.DeepEqual(got.Clusters, want) {
		t.Errorf("clusters %+v, want %+v", got.Clusters, want)
	}
	if want := []TopologyGateway{{"east/edge/gw", "east", "east-west"}}; !reflect.DeepEqual(got.Gateways, want) {
		t.Errorf("gateways %+v, want %+v", got.Gateways, want)
	}
	if want := []TopologyDependency{{catalog, mail, false}}; !reflect.DeepEqual(got.Dependencies, want) {
		t.Errorf("dependencies %+v, want %+v", got.Dependencies, want)
	}
	if want := []string{mail}; !reflect.DeepEqual(got.External, want) {
		t.Errorf("external %v, want %v", got.External, want)
	}
}

// Detection makes tiers: callers use their own cluster first. Without it, all endpoints are one tier.
func TestTopologyHasTheTiersOfCallers(t *testing.T) {
	f, got := handTopology(t)
	tiers := map[string][][]string{}
	for _, x := range got.Failover {
		tiers[x.Service+" from "+x.From] = x.Tiers
	}
	catalog, ledger, mail := string(f.graph.Services[0].ID), string(f.graph.Services[1].ID), string(f.graph.Services[2].ID)
	want := map[string][][]string{
		catalog + " from east": {{"east"}, {"west"}}, catalog + " from west": {{"west"}, {"east"}},
		ledger + " from east": {{"east", "west"}}, ledger + " from west": {{"east", "west"}},
		mail + " from east": {{"east"}}, mail + " from west": {{"east"}},
	}
	if !reflect.DeepEqual(tiers, want) {
		t.Errorf("tiers %v, want %v", tiers, want)
	}
}

func TestTopologyFollowsTheSchema(t *testing.T) {
	_, full := handTopology(t)
	for name, topology := range map[string]*Topology{"full": full, "empty": TopologyOf(&mesh.Graph{}, failover.NewModel(&mesh.Graph{}))} {
		data, err := json.Marshal(topology)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema(t, "#/$defs/topology").Validate(decode(t, data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A report of an earlier version has no topology, and is written without one.
func TestAReportMayHaveNoTopology(t *testing.T) {
	back := written(t, clean(), true)
	if back.Topology() != nil {
		t.Errorf("topology %+v out of nothing", back.Topology())
	}
}
