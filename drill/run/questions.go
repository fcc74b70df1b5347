package run

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/passmuster/muster/drill/plan"
)

// question is what one probe asks in all rounds: one service, port, subset and class of clients. In each round its samples carry
// one cell, the question under that round's fault.
type question struct {
	probe  *plan.Probe
	normal plan.Cell                    // on a normal day
	modes  map[string]*plan.Expectation // by fault mode
}

// Unprobed is an expectation that no request of this prober speaks of.
type Unprobed struct{ Cell, Why string }

// questions gives each probe one question, so that each sample has exactly one cell, and no two probes the same. A probe whom
// several expectations of one mode fit (classes of clients) asks the first of them that no other probe asks.
func questions(p *plan.Plan, prober string) (all []question, unprobed []Unprobed, err error) {
	type open struct {
		normal plan.Cell
		modes  map[string]*plan.Expectation
		cells  []string
		taken  bool
	}
	var asked []*open
	for i := range p.Expect {
		e := &p.Expect[i]
		c, err := plan.ParseCell(e.Cell)
		if err != nil {
			return nil, nil, err
		}
		at := slices.IndexFunc(asked, func(o *open) bool { return o.normal == c.NormalDay() })
		if at < 0 {
			at = len(asked)
			asked = append(asked, &open{normal: c.NormalDay(), modes: map[string]*plan.Expectation{}})
		}
		o := asked[at]
		if o.modes[c.Fault] != nil {
			return nil, nil, fmt.Errorf("cell %s is expected twice, or under two scenarios", e.Cell)
		}
		o.modes[c.Fault], o.cells = e, append(o.cells, e.Cell)
	}
	fits := func(pr *plan.Probe) (fitting []*open) {
		for _, o := range asked {
			if o.normal.Service == pr.Service && (pr.Port == 0 || o.normal.Port == pr.Port) && (pr.Client == "" || o.normal.Client == pr.Client) {
				fitting = append(fitting, o)
			}
		}
		return fitting
	}
	var mine []*plan.Probe
	for i := range p.Probes {
		if pr := &p.Probes[i]; pr.From == "" || pr.From == prober {
			mine = append(mine, pr)
		}
	}
	// Those who could ask the fewest choose first.
	slices.SortStableFunc(mine, func(a, b *plan.Probe) int { return cmp.Compare(len(fits(a)), len(fits(b))) })
	for _, pr := range mine {
		fitting := fits(pr)
		i := slices.IndexFunc(fitting, func(o *open) bool { return !o.taken })
		switch {
		case len(fitting) == 0:
			return nil, nil, fmt.Errorf("probe %s: no expected cell is one of service %s, port %d, client %q", pr.Name, pr.Service, pr.Port, pr.Client)
		case i < 0:
			return nil, nil, fmt.Errorf("probe %s: every cell that it could speak of is asked by another probe; give it a client or a port", pr.Name)
		}
		o := fitting[i]
		o.taken = true
		all = append(all, question{probe: pr, normal: o.normal, modes: o.modes})
	}
	for _, o := range asked {
		if o.taken {
			continue
		}
		for _, cell := range o.cells {
			why := "no probe of prober " + prober + " is for its service, port and client"
			if slices.ContainsFunc(mine, func(pr *plan.Probe) bool { return slices.Contains(fits(pr), o) }) {
				why = "the probe that fits speaks of another client or port: give this one a probe of its own"
			}
			unprobed = append(unprobed, Unprobed{cell, why})
		}
	}
	// In the order of the plan.
	slices.SortStableFunc(all, func(a, b question) int {
		at := func(q question) int {
			return slices.IndexFunc(p.Probes, func(pr plan.Probe) bool { return pr.Name == q.probe.Name })
		}
		return cmp.Compare(at(a), at(b))
	})
	return all, unprobed, nil
}

// cell is the one that the samples of a round carry; "" = nothing is expected of the question under this mode, and nothing asked.
func (q *question) cell(r *Round) string {
	if r.Null {
		return q.normal.String()
	}
	if e := q.modes[r.Mode]; e != nil {
		return e.Cell
	}
	return ""
}

// before are the places that may answer on a normal day, and how they are named; nil = nothing is expected.
func (q *question) before() *plan.Expectation {
	for _, mode := range []string{"crash", "hang", "partition", "error"} {
		if e := q.modes[mode]; e != nil && len(e.Before) > 0 {
			return e
		}
	}
	return nil
}
