package measure

import (
	"cmp"
	"slices"
	"time"
)

// Phase sums up the requests of one part of a drill. A request belongs to a phase only if all of it lies inside,
// away from the brackets of the fault; what straddles them is edge, and proves nothing about destinations.
type Phase struct {
	Good, Bad, Unknown int
	// Shares of the destinations in what they answered, good or slow, by name.
	Shares []Share
	// P50 and P99 of latency from the intended moment, failed requests included; 0 without requests.
	P50, P99 time.Duration
}

// Sent is the number of requests that say something about the service.
func (p *Phase) Sent() int { return p.Good + p.Bad }

// Share is how much of the answers came from a destination, with its 95 % confidence interval (Wilson).
type Share struct {
	Dest      string
	Answers   int
	Of        int
	Low, High float64
}

// Share of a destination in a phase, also of one that never answered.
func (p *Phase) Share(dest string) Share {
	of := 0
	for _, s := range p.Shares {
		if s.Dest == dest {
			return s
		}
		of = s.Of
	}
	low, high := Wilson(0, of)
	return Share{Dest: dest, Of: of, Low: low, High: high}
}

// shares counts destinations.
func shares(counts map[string]int) []Share {
	var all []Share
	total := 0
	for dest, n := range counts {
		all = append(all, Share{Dest: dest, Answers: n})
		total += n
	}
	for i := range all {
		all[i].Of = total
		all[i].Low, all[i].High = Wilson(all[i].Answers, total)
	}
	slices.SortFunc(all, func(a, b Share) int { return cmp.Compare(a.Dest, b.Dest) })
	return all
}

// tally collects a phase.
type tally struct {
	phase   *Phase
	dests   map[string]int
	latency []time.Duration
}

func (t *tally) add(p point) {
	switch p.state {
	case good:
		t.phase.Good += p.n
	case bad:
		t.phase.Bad += p.n
	default:
		t.phase.Unknown += p.n
		return
	}
	if p.dest != "" {
		t.dests[p.dest]++
	}
	t.latency = append(t.latency, p.end-p.sched)
}

// phases sorts every request into its phase. The guard around an event is its bracket once more: what was answered
// before a removal was noted to have begun has been measured.
func (s *series) phases(r *Result) {
	tallies := map[*Phase]*tally{}
	for _, p := range []*Phase{&r.Before, &r.During, &r.After, &r.Edge} {
		tallies[p] = &tally{phase: p, dests: map[string]int{}}
	}
	for _, p := range s.points {
		tallies[s.phase(p, r)].add(p)
	}
	for p, t := range tallies {
		p.Shares = shares(t.dests)
		slices.Sort(t.latency)
		p.P50, p.P99 = percentile(t.latency, 50), percentile(t.latency, 99)
	}
}

func (s *series) phase(p point, r *Result) *Phase {
	inject, remove := s.fault.Inject, s.fault.Remove
	atInject, atRemove := s.slack+inject.width(), s.slack+remove.width()
	switch {
	case p.end < inject.From-atInject:
		return &r.Before
	case p.sched > inject.To+atInject && (!s.fault.Removed || p.end < remove.From-atRemove):
		return &r.During
	case s.fault.Removed && p.sched > remove.To+atRemove:
		return &r.After
	}
	return &r.Edge
}
