// Package notunderstood speaks for what was read and is in no prediction, although it may have
// a say in them.
package notunderstood

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Rule is IN002. It speaks under --strict only: there are no such facts without.
var Rule = &analyzer.Rule{
	ID:    "IN002",
	Slug:  "not-understood",
	Title: "An input is not understood",
	Run:   run,
}

func run(p *analyzer.Pass) {
	for _, f := range p.Graph.Facts {
		if f.Kind == mesh.FactNotUnderstood {
			p.Report(analyzer.Finding{Level: analyzer.Error, Message: f.Message, Resource: f.Resource, Origin: f.Origin})
		}
	}
}
