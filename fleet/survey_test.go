package fleet_test

import (
	"context"
	"slices"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// A glance at a cell tells what explaining it tells, and there is one for every cell.
func TestASurveyTellsOfEveryCellWhatExplainingItTells(t *testing.T) {
	for _, name := range slices.Concat(clean[:5], broken) { // the demos promise nothing
		t.Run(name, func(t *testing.T) {
			f, m, _ := audit(t, fleetsDir+"/"+name)
			want := map[string]failover.Glance{}
			services := map[*mesh.Service]bool{}
			whole, err := m.Model.Compute(context.Background(), failover.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range whole.Cells {
				g := failover.Glance{Outcome: c.Outcome, Share: c.FailingShare}
				if c.Outcome != failover.Lost && c.Outcome != failover.Unknown {
					g.Encryption, g.Upper = failover.Weakest(c.Destinations), c.Recovery.Upper
				}
				want[c.ID()] = g
				services[c.Service] = true
			}
			survey := failover.NewModel(f.Graph).Survey(failover.Options{})
			x := survey.Surveyor(context.Background())
			seen := 0
			for _, s := range f.Graph.Services {
				if !failover.HasIntent(s) {
					continue
				}
				x.Service(s, looker(func(q *failover.Question, sc failover.Scenario, fault failover.Fault, g failover.Glance) {
					id := (&failover.Cell{Service: q.Service, Port: q.Port, Subset: q.Subset, Client: q.Client, Scenario: sc, Fault: fault}).ID()
					w, ok := want[id]
					g.Exposed, g.Hidden = false, false
					if seen++; !ok || w != g {
						t.Errorf("%s: a glance tells %+v, the explained cell %+v (%t)", id, g, w, ok)
					}
				}))
			}
			if seen != len(want) || seen == 0 {
				t.Errorf("%d glances at %d cells", seen, len(want))
			}
		})
	}
}

type looker func(*failover.Question, failover.Scenario, failover.Fault, failover.Glance)

func (looker) Asks(failover.Question, bool) {}

func (l looker) Sees(q *failover.Question, sc failover.Scenario, f failover.Fault, g failover.Glance) {
	l(q, sc, f, g)
}
