package measure

import (
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/drill/record"
)

// tally collects a phase.
type tally struct {
	phase   *Phase
	groups  []Group
	latency []time.Duration
}

func newTally(s *series, p *Phase) *tally {
	return &tally{phase: p, groups: make([]Group, len(s.view.Kinds))}
}

func (t *tally) add(s *series, p *point) {
	n := int(p.n)
	switch p.state {
	case good:
		t.phase.Good += n
	case bad:
		t.phase.Bad += n
	default:
		t.phase.Unknown += n
	}
	if p.request < 0 {
		return
	}
	r := &s.view.Requests[p.request]
	g := &t.groups[r.Kind]
	if g.First == 0 || int(r.Line) < g.First {
		g.First = int(r.Line)
	}
	g.Last = max(g.Last, int(r.Line))
	switch p.state {
	case good:
		g.Good++
	case bad:
		g.Bad++
	default:
		g.Unknown++
		return
	}
	if p.slow {
		t.phase.Slow++
	}
	if s.opts.Over > 0 && p.end-p.sched > s.opts.Over {
		t.phase.Over++
	}
	t.latency = append(t.latency, p.end-p.sched)
}

// finish writes what was counted into the phase.
func (t *tally) finish(s *series) {
	p := t.phase
	slices.Sort(t.latency)
	p.P50, p.P99 = percentile(t.latency, 50), percentile(t.latency, 99)
	for kind, g := range t.groups {
		if g.Requests() > 0 {
			g.Kind = kind
			p.Groups = append(p.Groups, g)
		}
	}
	p.Describe(s.view, s.opts.Dest)
}

// Describe works out shares, errors and flags of a phase from its groups.
func (p *Phase) Describe(v *View, dest func(record.Sample) string) {
	counts := map[string]int{}
	p.Errors, p.Flags = map[record.ErrorClass]int{}, map[string]int{}
	for _, g := range p.Groups {
		k := &v.Kinds[g.Kind]
		if k.OK {
			if place := dest(*k); place != "" {
				counts[place] += g.Requests()
			}
			continue
		}
		p.Errors[k.Err] += g.Requests()
		for _, flag := range strings.Split(k.Flags, ",") {
			if flag != "" && flag != "-" {
				p.Flags[flag] += g.Requests()
			}
		}
	}
	p.Shares = shares(counts)
}

// phases sorts every request into its phase. The guard around an event is its bracket once more: what was answered
// before a removal was noted to have begun has been measured.
func (s *series) phases(r *Result) {
	tallies := map[PhaseName]*tally{
		Before: newTally(s, &r.Before), During: newTally(s, &r.During), After: newTally(s, &r.After), Edge: newTally(s, &r.Edge),
	}
	settled, steady := newTally(s, &r.Settled), newTally(s, &r.Steady)
	recovered := Unbounded
	if r.Recovery.Bounded() {
		recovered = s.fault.Inject.From + r.Recovery.Upper
	}
	for i := range s.points {
		p := &s.points[i]
		name := s.phase(p)
		tallies[name].add(s, p)
		if name != During {
			continue
		}
		if s.settled(p) {
			settled.add(s, p)
		}
		if p.sent >= recovered {
			steady.add(s, p)
		}
	}
	for _, t := range tallies {
		t.finish(s)
	}
	settled.finish(s)
	steady.finish(s)
}

// settled reports whether a request of During was due when the recovery should have been over.
func (s *series) settled(p *point) bool {
	inject := s.fault.Inject
	return p.sched > inject.To+s.slack+max(inject.width(), s.opts.Settle)
}

// PhaseName is the name of a phase.
type PhaseName string

// Phases.
const (
	Before PhaseName = "before"
	During PhaseName = "during"
	After  PhaseName = "after"
	Edge   PhaseName = "edge"
)

func (s *series) phase(p *point) PhaseName {
	inject, remove := s.fault.Inject, s.fault.Remove
	atInject, atRemove := s.slack+inject.width(), s.slack+remove.width()
	switch {
	case p.end < inject.From-atInject:
		return Before
	case p.sched > inject.To+atInject && (!s.fault.Removed || p.end < remove.From-atRemove):
		return During
	case s.fault.Removed && p.sched > remove.To+atRemove:
		return After
	}
	return Edge
}

// Point is one request of a view, and what it says about a fault.
type Point struct {
	Request    int // in View.Requests
	Phase      PhaseName
	Settled    bool
	Good       bool
	Place      string // that answered; empty = none, or it is not told
	Sent, Done time.Duration
}

// Each goes through the requests of a view that say something about the service, in the order of sending.
func Each(v View, f Fault, apart time.Duration, o Options, yield func(Point)) {
	s := newSeries(&v, f, apart, o)
	for i := range s.points {
		p := &s.points[i]
		if p.request < 0 || p.state == unknown {
			continue
		}
		out := Point{Request: int(p.request), Phase: s.phase(p), Good: p.state == good, Sent: p.sent, Done: p.end}
		out.Settled = out.Phase == During && s.settled(p)
		if p.dest >= 0 {
			out.Place = s.places[p.dest]
		}
		yield(out)
	}
}
