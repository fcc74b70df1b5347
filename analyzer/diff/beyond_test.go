package diff

import (
	"fmt"
	"slices"
	"testing"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Where a service has more changed cells than are explained, what it promised to survive comes before what nobody asked for, and no
// number of cells of one change hides those of another.
func TestTheWorstIsExplainedFirst(t *testing.T) {
	of := func(n int, sc failover.Scenario, was, is failover.Outcome) (list []candidate) {
		for i := range n {
			k := cellKey{client: fmt.Sprint(i), fault: failover.Crash}
			list = append(list, candidate{base: k, head: k, inBase: true, inHead: true, baseAsks: true, heAsks: true, scenario: sc,
				was: failover.Glance{Outcome: was}, is: failover.Glance{Outcome: is, Share: float64(harm[is]) / 2}})
		}
		return list
	}
	region, copies := failover.One(failover.Region, "r"), failover.One(failover.Workload, "c/n/Deployment/w")
	s := &mesh.Service{Name: "cart", Objective: &mesh.Objective{Survive: []string{"region"}}}
	p := &surveyed{base: s, head: s, candidates: slices.Concat(
		of(500, copies, failover.Survives, failover.Unknown),
		of(500, copies, failover.Survives, failover.Lost),
		of(2, region, failover.Survives, failover.Degraded),
		of(1, copies, failover.Lost, failover.Survives),
	)}
	p.order()
	if len(p.candidates) != 1003 {
		t.Fatalf("%d candidates", len(p.candidates))
	}
	var promised, better bool
	for _, c := range p.candidates[:leastPerService] {
		promised = promised || c.scenario.String() == region.String()
		better = better || c.glanced() == Better
	}
	if !promised || !better {
		t.Errorf("of the first %d: what is promised %v, what is better %v", leastPerService, promised, better)
	}
}

// Cells beyond the limit count with the most severe group of their service: a gate that asks for errors sees them.
func TestCellsBeyondTheLimitCountWithTheMostSevere(t *testing.T) {
	s := &mesh.Service{Name: "cart"}
	list := []*Group{
		{Service: s, Change: Worse, Level: analyzer.Note}, {Service: s, Change: Worse, Level: analyzer.Error},
		{Service: s, Change: Unproven, Level: analyzer.Error}, {Service: &mesh.Service{}, Change: Worse, Level: analyzer.Error},
	}
	(&explainer{}).addRest(&list, uncounted{s, Worse, 7})
	for i, want := range []int{0, 7, 0, 0} {
		if list[i].More != want {
			t.Errorf("group %d: %d more, want %d", i, list[i].More, want)
		}
	}
}
