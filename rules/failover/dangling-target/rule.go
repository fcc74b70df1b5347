// Package danglingtarget speaks for routes and failover lists that lead to something that does
// not exist: a host, a subset, a region without endpoints.
package danglingtarget

import (
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Causes: []failover.CauseKind{failover.CauseMissing},
	Run:    run,
}

func run(p *analyzer.Pass) {
	for _, f := range p.Graph.Facts {
		level := analyzer.Note
		switch f.Kind {
		case mesh.FactDanglingHost, mesh.FactDanglingSubset:
			if f.Harm {
				level = analyzer.Error
			}
		case mesh.FactDanglingRegion:
			level = analyzer.Error
		case mesh.FactEmptySubset:
			if spokenFor(p, f) {
				continue
			}
		default:
			continue
		}
		p.Report(analyzer.Finding{Level: level, Message: f.Message, Service: p.Graph.Service(f.Service),
			Resource: f.Resource, Origin: f.Origin, Related: f.Related})
	}
}

// spokenFor reports whether the subset is the version that a bad release would go back to: the rules
// about rollback speak of that line then.
func spokenFor(p *analyzer.Pass, f *mesh.Fact) bool {
	at := f.Origin.Position()
	return !f.Harm && slices.ContainsFunc(p.Broken, func(b *analyzer.Breach) bool {
		return (b.Cause.Kind == failover.CauseCanaryAlone || b.Cause.Kind == failover.CauseSingleColour) && b.Cause.Origin.Position().Compare(at) == 0
	})
}
