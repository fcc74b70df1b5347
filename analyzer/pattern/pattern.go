// Package pattern infers what deployment pattern a service runs: where its callers' requests go on
// a normal day and where they would go next, and which of its versions get how much of them. It
// tells what is in effect, not what somebody meant.
package pattern

import (
	"slices"
	"sync"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Inferred is what runs. A pattern is "" where the service has none of its kind, or where the inputs
// do not decide; Unknown tells which.
type Inferred struct {
	// Places is the pattern over regions, or over clusters where there is one region:
	// active-active, active-passive or "".
	Places mesh.Pattern
	// Versions is the pattern over versions: canary, blue-green, a-b or "".
	Versions mesh.Pattern
	// Serving are the regions (or clusters) that answer requests while nothing fails, and Waiting
	// the others that hold endpoints, sorted; both nil where there is one place only.
	Serving, Waiting []string
	// Unit says what these are: "region" or "cluster".
	Unit string
	// Ordered: a written list is in effect, and no callers spread their requests over several places,
	// though each place may serve its own. Where one region's callers idle as well, as in a region that
	// stands by as a whole, that is active-passive to whoever routes users to regions.
	Ordered bool
	// Answering are the versions that answer requests which no match singles out, where routes or
	// subsets tell versions of one place apart.
	Answering []string
	// Unknown is the cause why some of this is not known; "" = all of it is.
	Unknown string
	// Evidence is what shows it: of the places, the deciding line first, then of the versions.
	Evidence []mesh.Evidence

	ofPlaces int // of the evidence
}

// OfPlaces is the evidence about places.
func (i Inferred) OfPlaces() []mesh.Evidence { return i.Evidence[:i.ofPlaces:i.ofPlaces] }

// OfVersions is the evidence about versions.
func (i Inferred) OfVersions() []mesh.Evidence { return i.Evidence[i.ofPlaces:] }

// Pattern is the one over places if there is one, else the one over versions, else none, or "" where
// the inputs do not decide.
func (i Inferred) Pattern() mesh.Pattern {
	switch {
	case i.Places != "":
		return i.Places
	case i.Versions != "":
		return i.Versions
	case i.Unknown != "":
		return ""
	}
	return mesh.NoPattern
}

// Patterns infers the patterns of a graph's services when it is asked, each once. It is safe for
// concurrent use.
type Patterns struct {
	model *failover.Model
	known sync.Map // *mesh.Service -> Inferred
}

// New infers patterns of the graph of a model.
func New(m *failover.Model) *Patterns {
	return &Patterns{model: m}
}

// Of infers what one service of a graph runs. Whoever asks about several keeps a Patterns.
func Of(g *mesh.Graph, s *mesh.Service) Inferred { return New(failover.NewModel(g)).Of(s) }

// Of infers what a service runs. Hosts outside of the mesh and gateways have no pattern: their
// owners, and whoever calls them from outside, decide.
func (p *Patterns) Of(s *mesh.Service) Inferred {
	if known, ok := p.known.Load(s); ok {
		return known.(Inferred)
	}
	var out Inferred
	if !s.External && !s.OnlyGateways() {
		out = p.infer(s)
	}
	p.known.Store(s, out)
	return out
}

func (p *Patterns) infer(s *mesh.Service) Inferred {
	usual := p.model.Usual(s)
	if usual.Unknown != "" {
		return Inferred{Unknown: usual.Unknown}
	}
	var out Inferred
	out.places(s, usual.Uses, func() [][]failover.Use {
		var others [][]failover.Use
		for _, other := range p.model.SameElsewhere(s) {
			if u := p.model.Usual(other); u.Unknown == "" {
				others = append(others, u.Uses)
			}
		}
		return others
	})
	out.ofPlaces = len(out.Evidence)
	out.versions(s, usual.Uses)
	return out
}

// mostEvidence and mostVersions bound what is said and compared of one service: inputs may hold any
// number of lists and subsets.
const (
	mostEvidence = 30
	mostVersions = 100
)

func (i *Inferred) show(what string, at mesh.Origin) {
	if len(i.Evidence) < mostEvidence && !slices.ContainsFunc(i.Evidence, func(e mesh.Evidence) bool { return e.What == what }) {
		i.Evidence = append(i.Evidence, mesh.Evidence{What: what, Origin: at})
	}
}
