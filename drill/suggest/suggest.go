// Package suggest ranks the drills that have not been done: by what the failure would cost, how sure the prediction is, and what
// evidence there is.
package suggest

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/mesh"
)

// Evidence tells what drills have shown.
type Evidence interface {
	// Latest is the latest drill of a cell that came to a verdict of pass or fail; false = there is none.
	Latest(cell string) (Drill, bool)
}

// Drill is what one drill said of a cell.
type Drill struct {
	Run        string
	Passed     bool
	At         time.Time // when it ended
	Prediction string    // digest of what was predicted then (plan.Expectation.Prediction); "" = not known
}

// State is what evidence there is, from the least to the most.
type State string

// States. Fresh evidence needs no suggestion, unless a drill failed.
const (
	Never    State = "never"     // no drill
	Stale    State = "stale"     // the prediction has changed since, or the drill is too old
	KillOnly State = "kill-only" // only crash was drilled: what breaks on silence passes that
	Failed   State = "failed"    // the latest drill failed, and nothing has changed since
	Fresh    State = "fresh"
)

// weights of states: what is known least is worth most.
var weights = map[State]float64{Never: 1, Stale: 0.6, KillOnly: 0.5, Failed: 0.3, Fresh: 0}

// Options are what drills are ranked by beside the matrix.
type Options struct {
	Evidence Evidence // nil = nothing was ever drilled
	Now      time.Time
	MaxAge   time.Duration // of evidence; 0 = for ever
}

// Suggestion is one drill: one service in one scenario, under the fault modes that are not proven.
type Suggestion struct {
	Rank     int     `json:"rank"`
	Score    float64 `json:"score"`
	Factors  Factors `json:"factors"`
	Service  string  `json:"service"`
	Scenario string  `json:"scenario"`
	State    State   `json:"state"`
	// Outcome is the worst that is predicted, Encryption the weakest on the way.
	Outcome    string `json:"outcome"`
	Encryption string `json:"encryption,omitempty"`
	Dependents int    `json:"dependents"`
	RTO        string `json:"rto,omitempty"`
	// Faults and Cells are those without proof.
	Faults []string `json:"faults"`
	Cells  []string `json:"cells"`

	Of *mesh.Service `json:"-"`
}

// Factors are what a score is the product of.
type Factors struct {
	Criticality float64 `json:"criticality"` // 1; times 2 for a service with the label criticality tier-1, 1.5 for tier-2
	Promise     float64 `json:"promise"`     // 4 where an objective lists the failure, 2 where only the configuration sets out to survive, else 1
	Dependents  float64 `json:"dependents"`  // 1 + log2(1 + services that cannot do without it)
	Urgency     float64 `json:"urgency"`     // 1 + min(1, 60 s / RTO); 1 without an RTO
	Risk        float64 `json:"risk"`        // lost 4, degraded 1 + 3 x the share that fails (at least 1.5), unknown 3, survives 1
	Encryption  float64 `json:"encryption"`  // 2 where plaintext is predicted, 1.5 where it is not known, else 1
	Evidence    float64 `json:"evidence"`    // never 1, stale 0.6, kill-only 0.5, failed 0.3
}

func (f Factors) product() float64 {
	x := f.Criticality * f.Promise * f.Dependents * f.Urgency * f.Risk * f.Encryption * f.Evidence
	return math.Round(x*100) / 100
}

// group is the cells of one service in one scenario.
type group struct {
	service  *mesh.Service
	scenario string
	cells    []*failover.Cell
}

// Rank suggests drills, the one that is worth most first.
func Rank(g *mesh.Graph, cells []*failover.Cell, o Options) []Suggestion {
	type key struct {
		service  *mesh.Service
		scenario string
	}
	groups := map[key]*group{}
	var order []*group
	for _, c := range cells {
		if c.Scenario.IsNone() || c.Subset != "" {
			continue
		}
		k := key{c.Service, c.Scenario.String()}
		if groups[k] == nil {
			groups[k] = &group{service: k.service, scenario: k.scenario}
			order = append(order, groups[k])
		}
		groups[k].cells = append(groups[k].cells, c)
	}
	dependents := countDependents(g)
	list := []Suggestion{}
	for _, one := range order {
		if s, ok := one.suggest(g, dependents[one.service.ID], o); ok {
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(len(b.Cells), len(a.Cells)), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Scenario, b.Scenario))
	})
	for i := range list {
		list[i].Rank = i + 1
	}
	return list
}

// suggest is the drill of a group; false = all of it is proven.
func (x *group) suggest(g *mesh.Graph, dependents int, o Options) (Suggestion, bool) {
	s := Suggestion{Service: string(x.service.ID), Scenario: x.scenario, Of: x.service, Dependents: dependents}
	states := make([]State, len(x.cells))
	killed := false
	for i, c := range x.cells {
		states[i] = stateOf(g, c, o)
		killed = killed || c.Fault == failover.Crash && (states[i] == Fresh || states[i] == Failed)
	}
	worst := Fresh
	var open []*failover.Cell
	for i, c := range x.cells {
		state := states[i]
		if state == Never && killed && c.Fault != failover.Crash {
			state = KillOnly
		}
		if state == Fresh {
			continue
		}
		open = append(open, c)
		if weights[state] > weights[worst] {
			worst = state
		}
	}
	if len(open) == 0 {
		return s, false
	}
	s.State = worst
	s.Factors = Factors{Criticality: criticality(x.service), Promise: promise(open), Dependents: math.Round(100+100*math.Log2(1+float64(dependents))) / 100, Urgency: 1, Risk: 1, Encryption: 1, Evidence: weights[worst]}
	if x.service.Objective != nil {
		if rto, ok := x.service.Objective.RTO.Get(); ok {
			s.RTO = plan.Duration(rto).String()
			s.Factors.Urgency = 2
			if rto > time.Minute {
				s.Factors.Urgency = math.Round(100+100*float64(time.Minute)/float64(rto)) / 100
			}
		}
	}
	s.predicted(open)
	s.Score = s.Factors.product()
	return s, true
}

// predicted takes in what is predicted for the cells without proof.
func (s *Suggestion) predicted(open []*failover.Cell) {
	var outcomes failover.Outcomes
	for _, c := range open {
		s.Cells = append(s.Cells, c.ID())
		if !slices.Contains(s.Faults, string(c.Fault)) {
			s.Faults = append(s.Faults, string(c.Fault))
		}
		outcomes.Add(c.Outcome, 1)
		s.Factors.Risk = max(s.Factors.Risk, risk(c))
		if c.Outcome == failover.Lost || c.Outcome == failover.Unknown {
			continue
		}
		if has := failover.Weakest(c.Destinations); failover.EncryptionRank(has) > failover.EncryptionRank(s.Encryption) {
			s.Encryption = has
		}
	}
	s.Outcome = string(outcomes.Worst())
	switch s.Encryption {
	case "plaintext":
		s.Factors.Encryption = 2
	case "unknown":
		s.Factors.Encryption = 1.5
	}
	order := func(fault string) int { return slices.Index(plan.Modes, fault) }
	slices.SortFunc(s.Faults, func(a, b string) int { return order(a) - order(b) })
}

// risk is how much is predicted to be lost.
func risk(c *failover.Cell) float64 {
	switch c.Outcome {
	case failover.Lost:
		return 4
	case failover.Unknown:
		return 3
	case failover.Degraded:
		return max(1.5, math.Round((1+3*c.FailingShare)*100)/100)
	}
	return 1
}

// stateOf is what evidence there is of a cell.
func stateOf(g *mesh.Graph, c *failover.Cell, o Options) State {
	if o.Evidence == nil {
		return Never
	}
	d, ok := o.Evidence.Latest(c.ID())
	if !ok {
		return Never
	}
	expected := plan.Expect(g, c)
	switch {
	case d.Prediction != "" && d.Prediction != expected.Prediction:
		return Stale
	case o.MaxAge > 0 && o.Now.Sub(d.At) > o.MaxAge:
		return Stale
	case !d.Passed:
		return Failed
	}
	return Fresh
}
