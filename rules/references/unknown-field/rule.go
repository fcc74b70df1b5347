// Package unknownfield speaks for fields that the API does not know: a misspelt outlierDetection
// is accepted by no server and protects nobody.
package unknownfield

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Causes: []failover.CauseKind{failover.CauseMisspelt},
	Run:    run,
}

func run(p *analyzer.Pass) {
	spoils := map[string]bool{}
	for _, b := range p.Broken {
		if b.Cause.Kind == failover.CauseMisspelt {
			spoils[b.Cause.Origin.String()] = true
		}
	}
	for _, f := range p.Graph.Facts {
		if f.Kind != mesh.FactUnknownField || spoils[f.Origin.String()] {
			continue
		}
		p.Report(analyzer.Finding{Level: analyzer.Warning, Message: f.Message, Resource: f.Resource, Origin: f.Origin, Related: f.Related})
	}
}
