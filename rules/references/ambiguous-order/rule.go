// Package ambiguousorder speaks for objects whose age decides which of them acts: files carry no
// age, so what the cluster does depends on the order of their creation.
package ambiguousorder

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Run: run,
}

func run(p *analyzer.Pass) {
	for _, f := range p.Graph.Facts {
		switch f.Kind {
		case mesh.FactTwoRules, mesh.FactTwoRoutes:
			p.Report(analyzer.Finding{Level: analyzer.Note, Message: f.Message, Service: p.Graph.Service(f.Service), Resource: f.Resource, Origin: f.Origin, Related: f.Related,
				Follows: []mesh.Origin{f.Origin}})
		}
	}
}
