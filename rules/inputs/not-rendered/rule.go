// Package notrendered speaks for charts, kustomizations and templates whose objects are not part
// of the audit.
package notrendered

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is. It speaks under --strict only: there are no such facts without.
var Rule = &analyzer.Rule{
	Run: run,
}

func run(p *analyzer.Pass) {
	for _, f := range p.Graph.Facts {
		if f.Kind == mesh.FactNotRendered {
			p.Report(analyzer.Finding{Level: analyzer.Error, Message: f.Message, Resource: f.Resource, Origin: f.Origin})
		}
	}
}
