package plan

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/mesh"
)

// shop is the example fleet, and its matrix with all services.
type shop struct {
	fleet *fleet.Fleet
	cells []*failover.Cell
	err   error
}

var loadShop = sync.OnceValue(func() shop { return loadFleet("shop") })

func loadFleet(name string) shop {
	root := filepath.Join("..", "..", "testdata", "fleets", name)
	cfg, err := config.Load(filepath.Join(root, "muster.yaml"), root)
	if err != nil {
		return shop{err: err}
	}
	f, err := fleet.Load(context.Background(), fleet.Options{Config: cfg})
	if err != nil {
		return shop{err: err}
	}
	m, err := failover.Compute(context.Background(), f.Graph, failover.Options{Services: func(*mesh.Service) bool { return true }})
	if err != nil {
		return shop{err: err}
	}
	return shop{fleet: f, cells: m.Cells}
}

// chosen are the cells of a service in a scenario.
func (s shop) chosen(t testing.TB, service, scenario string, faults ...failover.Fault) []*failover.Cell {
	t.Helper()
	if s.err != nil {
		t.Fatal(s.err)
	}
	var list []*failover.Cell
	for _, c := range s.cells {
		if c.Service.Name == service && c.Scenario.String() == scenario && (faults == nil || slices.Contains(faults, c.Fault)) {
			list = append(list, c)
		}
	}
	if len(list) == 0 {
		t.Fatalf("no cell of %s in %s", service, scenario)
	}
	return list
}

// checkout is the plan for the loss of the region that checkout is answered from.
func checkout(t testing.TB, faults ...failover.Fault) *Plan {
	t.Helper()
	s := loadShop()
	p, err := New(Input{Graph: s.fleet.Graph, Cells: s.chosen(t, "checkout", "region=us-east-1", faults...), Digest: "sha256:00", Scope: []string{"."}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
