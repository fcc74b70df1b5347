package failover

import (
	"context"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// TakeOver tells which copies of a service answer requests when others are lost.
type TakeOver struct {
	Cell       *Cell
	Lost, Left []*mesh.Workload // of one group of copies, sorted by id
}

// TakeOvers predicts, for the loss of each region's copy of the services that are given, which of their
// copies take over: those that got requests and are lost, and those that answer them then. Cells that
// fail or are unknown tell nothing, and what an instance of another owner's mesh carries nobody here can say. It asks for cells of its own, because a matrix may hold broken
// promises only. The error is that of ctx.
func (m *Model) TakeOvers(ctx context.Context, groups map[*mesh.Service][][]*mesh.Workload) ([]TakeOver, error) {
	if len(groups) == 0 {
		return nil, nil
	}
	x, err := m.Compute(ctx, Options{Services: func(s *mesh.Service) bool { return groups[s] != nil },
		Scenarios: []Scenario{}, Copies: true, Faults: []Fault{Crash}})
	if err != nil {
		return nil, err
	}
	var list []TakeOver
	for _, c := range x.Cells {
		if c.Outcome == Unknown || c.FailingShare > 0 {
			continue
		}
		for _, group := range groups[c.Service] {
			t := TakeOver{Cell: c}
			for _, w := range group {
				switch lost := slices.Contains(c.Scenario.Parts, Part{Workload, w.ID}); {
				case lost && answersIn(c.Before, w.Cluster):
					t.Lost = append(t.Lost, w)
				case !lost && answersIn(c.Destinations, w.Cluster):
					t.Left = append(t.Left, w)
				}
			}
			if len(t.Lost) > 0 && len(t.Left) > 0 && m.meshOf(t.Lost[0]) == m.meshOf(t.Left[0]) {
				list = append(list, t)
			}
		}
	}
	return list, nil
}

func (m *Model) meshOf(w *mesh.Workload) string {
	if c := m.graph.Cluster(w.Cluster); c != nil {
		return c.Mesh
	}
	return ""
}

func answersIn(list []Destination, cluster string) bool {
	return slices.ContainsFunc(list, func(d Destination) bool { return d.Cluster == cluster })
}
