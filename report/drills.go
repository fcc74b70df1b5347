package report

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/drilled"
	"github.com/passmuster/muster/analyzer/failover"
)

// CellEvidence is what drills have shown of a cell.
type CellEvidence struct {
	State      string `json:"state"`      // current, stale, changed, refuted, failed, or never: no drill came to a verdict
	Verdict    string `json:"verdict"`    // of the drill that decides: pass, fail or inconclusive
	Static     string `json:"static"`     // what it says of the prediction: confirmed, refuted or untested
	Prediction string `json:"prediction"` // whether it is that of today: same, other or unknown
	Ended      string `json:"ended"`      // as RFC 3339 has it
	AgeDays    int    `json:"ageDays"`
	Run        string `json:"run"`
	File       string `json:"file"`
	// Signature of the report: valid, missing, or why it does not hold; "" = nobody looked.
	Signature string `json:"signature,omitempty"`
	Drills    int    `json:"drills"` // of the cell, whatever they said
	Green     int    `json:"green"`  // of today's prediction, passed since the last failure
	// FailureUpper95 bounds the probability of failure that the green ones leave, at 95 %: 1 of none, 0.95 of one.
	FailureUpper95 float64 `json:"failureUpper95"`
}

// DrillSummary counts the cells that objectives promise by what drills have shown of them.
type DrillSummary struct {
	Promised        int `json:"promised"`
	Drilled         int `json:"drilled"`
	Failed          int `json:"failed"`
	Refuted         int `json:"refuted"`
	OtherPrediction int `json:"otherPrediction"`
	Stale           int `json:"stale"`
	OldestDays      int `json:"oldestDays"`
}

func drillSummaryOf(t analyzer.Tally) *DrillSummary {
	return &DrillSummary{t.Promised, t.Drilled, t.Failed, t.Refuted, t.Changed, t.Stale, t.OldestDays}
}

// String renders "12 of 40 promised cells drilled, oldest 93 days, 3 on another configuration".
func (s *DrillSummary) String() string {
	parts := []string{fmt.Sprintf("%d of %s drilled", s.Drilled, count(s.Promised, "promised cell"))}
	if s.Drilled > 0 {
		parts = append(parts, "oldest "+count(s.OldestDays, "day"))
	}
	for _, p := range []struct {
		n    int
		what string
	}{{s.OtherPrediction, "on another configuration"}, {s.Failed, "failed"}, {s.Refuted, "refuted"}, {s.Stale, "too old"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return strings.Join(parts, ", ")
}

// evidenceOf is what drills have shown of a cell; nil without a drill of it.
func evidenceOf(x *drilled.Index, c *failover.Cell) *CellEvidence {
	if x == nil {
		return nil
	}
	s := x.Judge(c)
	if s.Shown == nil {
		return nil
	}
	return &CellEvidence{
		State: string(s.State), Verdict: string(s.Shown.Verdict), Static: string(s.Shown.Static), Prediction: string(s.Prediction),
		Ended: s.Shown.Ended.UTC().Format(time.RFC3339), AgeDays: s.Days(), Run: s.Shown.Run, File: s.Shown.File, Signature: s.Shown.Signature,
		Drills: s.Drills, Green: s.Green, FailureUpper95: math.Round(s.Upper95*10000) / 10000,
	}
}

// withEvidence adds to cells what drills have shown of them.
func withEvidence(x *drilled.Index, cells []*failover.Cell) iter.Seq[*Cell] {
	return func(yield func(*Cell) bool) {
		for _, c := range cells {
			out := cellOf(c)
			out.Evidence = evidenceOf(x, c)
			if !yield(out) {
				return
			}
		}
	}
}

// drillTable writes, for each line of a matrix, how many of its cells were drilled and what came of it. A normal day is no
// failure, and nothing to drill.
func (p *pen) drillTable(g *grid, x *drilled.Index, cells []*failover.Cell) {
	type key struct {
		service, subset string
		port            int
	}
	tallies := map[key]*drillTally{}
	for _, c := range cells {
		if c.Scenario.IsNone() {
			continue
		}
		k := key{string(c.Service.ID), c.Subset, c.Port}
		if tallies[k] == nil {
			tallies[k] = &drillTally{states: map[drilled.State]int{}}
		}
		tallies[k].add(x.Judge(c))
	}
	var rows []row
	for _, l := range g.lines {
		if t := tallies[key{l.service, l.subset, l.ports[0]}]; t != nil {
			rows = append(rows, row{name: g.name(l), entries: t.entries()})
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(a.name, b.name) })
	if len(rows) > 0 {
		p.table("Drills", []string{"drilled", "oldest", "last verdicts"}, rows)
	}
}

// drillTally sums up cells of one line.
type drillTally struct {
	cells, drilled, oldest int
	states                 map[drilled.State]int
}

func (t *drillTally) add(s drilled.Status) {
	t.cells++
	t.states[s.State]++
	if s.Drilled() {
		t.drilled++
		t.oldest = max(t.oldest, s.Days())
	}
}

func (t *drillTally) entries() [][]span {
	oldest := span{"-", dim}
	if t.drilled > 0 {
		oldest = span{count(t.oldest, "day"), plain}
	}
	var words []span
	for _, w := range []struct {
		state       drilled.State
		what, color string
	}{
		{drilled.StateFailed, "failed", red}, {drilled.StateRefuted, "refuted", red}, {drilled.StateChanged, "of another configuration", yellow},
		{drilled.StateStale, "too old", yellow}, {drilled.StateCurrent, "passed", green},
	} {
		if n := t.states[w.state]; n > 0 {
			if words != nil {
				words = append(words, span{", ", plain})
			}
			words = append(words, span{fmt.Sprintf("%d %s", n, w.what), w.color})
		}
	}
	if words == nil {
		words = []span{{"-", dim}}
	}
	return [][]span{{{fmt.Sprintf("%d of %d", t.drilled, t.cells), plain}}, {oldest}, words}
}

// drill writes what drills have shown of one cell.
func (p *pen) drill(s drilled.Status) {
	if s.Shown == nil {
		p.field("drilled", "never")
		return
	}
	d := s.Shown
	told := map[drilled.State]string{
		drilled.StateCurrent: "passed", drilled.StateStale: "passed, and is too old", drilled.StateFailed: "failed",
		drilled.StateChanged: "passed, with another configuration", drilled.StateRefuted: "something else was seen than is predicted",
		drilled.StateNever: "inconclusive, which proves nothing",
	}[s.State]
	p.field("drilled", fmt.Sprintf("%s ago, on %s: %s", count(s.Days(), "day"), d.Ended.UTC().Format(time.DateOnly), told))
	says := "the prediction is " + string(d.Static)
	switch s.Prediction {
	case drilled.Other:
		says = "that prediction is " + string(d.Static) + ", and has changed since"
	case drilled.Unknown:
		says += "; whether it is that of today is not known"
	}
	p.field("", says)
	p.field("", fmt.Sprintf("run %s, %s", d.Run, d.File))
	if d.Signature != "" {
		p.field("", "signature: "+d.Signature)
	}
	if s.Green > 0 {
		p.field("", fmt.Sprintf("%s passed since the last failure: it fails in at most %s of cases, at 95 %% confidence", count(s.Green, "drill"), percent(s.Upper95)))
	}
}
