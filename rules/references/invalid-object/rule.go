// Package invalidobject speaks for objects that the mesh's own validation refuses, whether or not a failover stands in
// them, and for objects that make part of the prediction unknown.
package invalidobject

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Causes: []failover.CauseKind{failover.CauseInvalid},
	Run:    run,
}

func run(p *analyzer.Pass) {
	for _, f := range p.Graph.Facts {
		level := analyzer.Note
		switch f.Kind {
		case mesh.FactInvalid:
			level = analyzer.Warning
		case mesh.FactUnsupported:
		default:
			continue
		}
		p.Report(analyzer.Finding{Level: level, Message: f.Message, Service: p.Graph.Service(f.Service), Resource: f.Resource, Origin: f.Origin, Related: f.Related,
			Follows: []mesh.Origin{f.Origin}})
	}
}
