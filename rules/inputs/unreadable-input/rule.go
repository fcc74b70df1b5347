// Package unreadableinput speaks for what is missing from the audit because it could not be
// read.
package unreadableinput

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Rule is IN001. It speaks under --strict only: there are no such facts without.
var Rule = &analyzer.Rule{
	ID:    "IN001",
	Slug:  "unreadable-input",
	Title: "An input could not be read",
	Run:   run,
}

func run(p *analyzer.Pass) {
	for _, f := range p.Graph.Facts {
		if f.Kind == mesh.FactNotRead {
			p.Report(analyzer.Finding{Level: analyzer.Error, Message: f.Message, Resource: f.Resource, Origin: f.Origin})
		}
	}
}
