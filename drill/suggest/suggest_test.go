package suggest

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/mesh"
)

type predicted struct {
	graph *mesh.Graph
	cells []*failover.Cell
	err   error
}

var shop = sync.OnceValue(func() predicted {
	root := filepath.Join("..", "..", "testdata", "fleets", "shop")
	cfg, err := config.Load(filepath.Join(root, "muster.yaml"), root)
	if err != nil {
		return predicted{err: err}
	}
	f, err := fleet.Load(context.Background(), fleet.Options{Config: cfg})
	if err != nil {
		return predicted{err: err}
	}
	m, err := failover.Compute(context.Background(), f.Graph, failover.Options{})
	if err != nil {
		return predicted{err: err}
	}
	return predicted{graph: f.Graph, cells: m.Cells}
})

func load(t *testing.T) predicted {
	t.Helper()
	s := shop()
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s
}

// known is evidence by cell.
type known map[string]Drill

func (k known) Latest(cell string) (Drill, bool) {
	d, ok := k[cell]
	return d, ok
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const (
	orders = "shop/shop/checkout/orders.checkout.svc.cluster.local"
	region = "region=us-east-1"
)

// of is the suggestion for the orders in the loss of a region.
func of(list []Suggestion) *Suggestion {
	i := slices.IndexFunc(list, func(s Suggestion) bool { return s.Service == orders && s.Scenario == region })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// drilled is evidence for some faults of the orders in the loss of a region.
func drilled(s predicted, change func(*Drill), faults ...failover.Fault) known {
	k := known{}
	for _, c := range s.cells {
		if string(c.Service.ID) == orders && c.Scenario.String() == region && (faults == nil || slices.Contains(faults, c.Fault)) {
			e := plan.Expect(s.graph, c)
			d := Drill{Run: "r", Passed: true, At: noon.AddDate(0, 0, -10), Prediction: e.Prediction}
			if change != nil {
				change(&d)
			}
			k[c.ID()] = d
		}
	}
	return k
}

func TestScoresAreTheProductOfTheirFactors(t *testing.T) {
	s := load(t)
	one := of(Rank(s.graph, s.cells, Options{Now: noon}))
	if one == nil {
		t.Fatal("the loss of the orders' region is not suggested")
	}
	// An objective that lists the failure (4), three services that cannot do without it (1 + log2 4 = 3), an RTO of 90 s (1 + 60/90), survives, mtls, never drilled.
	want := Factors{Criticality: 1, Promise: 4, Dependents: 3, Urgency: 1.67, Risk: 1, Encryption: 1, Evidence: 1}
	if one.Factors != want || one.Score != 20.04 || one.State != Never || one.RTO != "1m30s" || one.Dependents != 3 {
		t.Errorf("%+v", one)
	}
	if !slices.Equal(one.Faults, plan.Modes) || len(one.Cells) == 0 || strings.Count(one.Cells[0], "|") != 5 {
		t.Errorf("%v %v", one.Faults, one.Cells)
	}
}

func TestRanksFallAndAreNumbered(t *testing.T) {
	s := load(t)
	list := Rank(s.graph, s.cells, Options{Now: noon})
	for i := range list {
		if list[i].Rank != i+1 || i > 0 && list[i].Score > list[i-1].Score {
			t.Fatalf("%d: %+v", i, list[i])
		}
	}
	backward := slices.Clone(s.cells)
	slices.Reverse(backward)
	again := Rank(s.graph, backward, Options{Now: noon})
	for i := range list {
		if again[i].Service != list[i].Service || again[i].Scenario != list[i].Scenario {
			t.Fatalf("the order of cells decides: %d is %s %s, and %s %s", i, list[i].Service, list[i].Scenario, again[i].Service, again[i].Scenario)
		}
	}
}

func TestEvidenceDecidesWhatIsSuggested(t *testing.T) {
	s := load(t)
	for _, tc := range []struct {
		name   string
		known  known
		state  State
		faults []string
	}{
		{"nothing", known{}, Never, plan.Modes},
		{"crash alone", drilled(s, nil, failover.Crash), KillOnly, []string{"hang", "partition", "error"}},
		{"hang alone", drilled(s, nil, failover.Hang), Never, []string{"crash", "partition", "error"}},
		{"another prediction", drilled(s, func(d *Drill) { d.Prediction = "sha256:other" }), Stale, plan.Modes},
		{"too old", drilled(s, func(d *Drill) { d.At = noon.AddDate(0, 0, -91) }), Stale, plan.Modes},
		{"failed", drilled(s, func(d *Drill) { d.Passed = false }), Failed, plan.Modes},
		{"no digest in the report", drilled(s, func(d *Drill) { d.Prediction = "" }), Fresh, nil},
		{"all of it", drilled(s, nil), Fresh, nil},
	} {
		one := of(Rank(s.graph, s.cells, Options{Evidence: tc.known, Now: noon, MaxAge: 90 * 24 * time.Hour}))
		switch {
		case tc.state == Fresh:
			if one != nil {
				t.Errorf("%s: suggested as %+v", tc.name, one)
			}
		case one == nil:
			t.Errorf("%s: not suggested", tc.name)
		case one.State != tc.state || !slices.Equal(one.Faults, tc.faults) || one.Factors.Evidence != weights[tc.state]:
			t.Errorf("%s: %s %v, want %s %v", tc.name, one.State, one.Faults, tc.state, tc.faults)
		}
	}
	if weights[Never] <= weights[Stale] || weights[Stale] <= weights[KillOnly] || weights[KillOnly] <= weights[Failed] {
		t.Errorf("weights %v", weights)
	}
}

func TestCostsMoreWhatHurtsMore(t *testing.T) {
	s := load(t)
	var cells []*failover.Cell
	for _, c := range s.cells {
		if string(c.Service.ID) == orders && c.Scenario.String() == region {
			one, answer := *c, *c.Answer
			one.Answer = &answer
			cells = append(cells, &one)
		}
	}
	score := func(change func(*failover.Answer)) float64 {
		answer := *cells[0].Answer
		change(&answer)
		one := *cells[0]
		one.Answer = &answer
		return of(Rank(s.graph, append([]*failover.Cell{&one}, cells[1:]...), Options{Now: noon})).Score
	}
	plaintext := func(a *failover.Answer) {
		a.Destinations = slices.Clone(a.Destinations)
		a.Destinations[0].Encryption = "plaintext"
	}
	scores := []float64{
		score(func(*failover.Answer) {}),
		score(func(a *failover.Answer) { a.Outcome = failover.Degraded }),
		score(plaintext),
		score(func(a *failover.Answer) { a.Outcome, a.FailingShare = failover.Degraded, 0.5 }),
		score(func(a *failover.Answer) { a.Outcome = failover.Unknown }),
		score(func(a *failover.Answer) { a.Outcome, a.FailingShare = failover.Lost, 1 }),
	}
	if !slices.IsSorted(scores) || scores[0] == scores[1] || scores[4] == scores[5] {
		t.Errorf("scores %v", scores)
	}
	for label, want := range map[string]float64{"": 1, "tier-1": 2, "tier-2": 1.5, "tier-3": 1} {
		service := &mesh.Service{Objective: &mesh.Objective{}, Labels: map[string]string{"criticality": label}}
		if got := criticality(service); got != want {
			t.Errorf("criticality %q: %g, want %g", label, got, want)
		}
	}
}

func TestWhatIsPromisedComesFirst(t *testing.T) {
	s := load(t)
	cell := *s.cells[0]
	for _, tc := range []struct {
		service *mesh.Service
		want    float64
	}{
		{&mesh.Service{Objective: &mesh.Objective{Survive: []string{"region"}}}, 4},
		{&mesh.Service{Objective: &mesh.Objective{Survive: []string{"zone"}}}, 1},
		{&mesh.Service{Objective: &mesh.Objective{Survive: []string{"region"}, Faults: []string{"crash"}}}, 1},
		{&mesh.Service{Intent: mesh.Intent{Evidence: []mesh.Evidence{{Mechanism: true}}}}, 2},
		{&mesh.Service{Intent: mesh.Intent{Evidence: []mesh.Evidence{{What: "two regions"}}}}, 1},
	} {
		cell.Service, cell.Scenario, cell.Fault = tc.service, failover.One(failover.Region, "eu"), failover.Hang
		if got := promise([]*failover.Cell{&cell}); got != tc.want {
			t.Errorf("%+v %+v: %g, want %g", tc.service.Objective, tc.service.Intent, got, tc.want)
		}
	}
}

func TestDependentsAreCountedThroughOthers(t *testing.T) {
	g := &mesh.Graph{Dependencies: []*mesh.Dependency{
		{From: "b", To: "a", Strong: true}, {From: "c", To: "b", Strong: true}, {From: "a", To: "c", Strong: true},
		{From: "d", To: "a"}, {From: "", To: "a", Strong: true}, {From: "a", To: "a", Strong: true},
	}}
	if got := countDependents(g); got["a"] != 2 || got["b"] != 2 || got["d"] != 0 {
		t.Errorf("%v", got)
	}
}
