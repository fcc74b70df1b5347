package measure

import (
	"cmp"
	"slices"
	"time"

	"github.com/passmuster/muster/drill/record"
)

// Phase sums up the requests of one part of a drill. A request belongs to a phase only if all of it lies inside,
// away from the brackets of the fault; what straddles them is edge, and proves nothing about destinations.
type Phase struct {
	Good, Bad, Unknown int
	// Slow are those of Bad that were answered well, and later than Options.Latency; Over those slower than Options.Over,
	// well answered or not.
	Slow, Over int
	// Shares of the destinations in what they answered, good or slow, by name.
	Shares []Share
	// P50 and P99 of latency from the intended moment, failed requests included; 0 without requests.
	P50, P99 time.Duration
	// Errors counts what went wrong by its class, and Flags those of proxies on it, each flag by itself.
	Errors map[record.ErrorClass]int
	Flags  map[string]int
	// Groups are the requests by what they have in common, in the order of View.Kinds.
	Groups []Group
}

// Group are the requests of one kind in a phase.
type Group struct {
	Kind               int // in View.Kinds
	Good, Bad, Unknown int
	First, Last        int // lines of the file
}

// Requests is how many there are.
func (g *Group) Requests() int { return g.Good + g.Bad + g.Unknown }

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
