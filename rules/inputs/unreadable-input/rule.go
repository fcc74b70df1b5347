// Package unreadableinput speaks for what is missing from the audit because it could not be
// read.
package unreadableinput

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
		if f.Kind == mesh.FactNotRead {
			p.Report(analyzer.Finding{Level: analyzer.Error, Message: f.Message, Resource: f.Resource, Origin: f.Origin})
		}
	}
}
