// Package duplicateobject speaks for keys that stand twice in one source: which of the two is
// applied depends on the order of files.
package duplicateobject

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
		case mesh.FactDuplicate:
			p.Report(analyzer.Finding{Level: analyzer.Warning, Message: f.Message, Resource: f.Resource, Origin: f.Origin, Related: f.Related})
		case mesh.FactSiblingOverlays:
			p.Report(analyzer.Finding{Level: analyzer.Note, Message: f.Message, Resource: f.Resource, Origin: f.Origin, Related: f.Related})
		}
	}
}
