// Package ambiguousorder speaks for objects whose age decides which of them acts: files carry no
// age, so what the cluster does depends on the order of their creation.
package ambiguousorder

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Rule is DR603.
var Rule = &analyzer.Rule{
	ID:    "DR603",
	Slug:  "ambiguous-order",
	Title: "Two objects for one host: the older one acts",
	Run:   run,
}

func run(p *analyzer.Pass) {
	for _, f := range p.Graph.Facts {
		switch f.Kind {
		case mesh.FactTwoRules, mesh.FactTwoRoutes:
			p.Report(analyzer.Finding{Level: analyzer.Note, Message: f.Message, Service: p.Graph.Service(f.Service), Resource: f.Resource, Origin: f.Origin, Related: f.Related})
		}
	}
}
