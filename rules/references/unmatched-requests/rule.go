// Package unmatchedrequests speaks for routes of a service that have no rule for some of its requests.
package unmatchedrequests

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, f := range p.Graph.Facts {
		if f.Kind == mesh.FactUnmatched {
			p.Report(analyzer.Finding{Level: analyzer.Note, Message: f.Message + ".", Service: p.Graph.Service(f.Service),
				Resource: f.Resource, Origin: f.Origin, Related: f.Related})
		}
	}
}
