// Package dataoneregion speaks for data that is lost, or out of reach, with the one region that it is in.
package dataoneregion

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	classes := p.Params.Texts("classes")
	for _, s := range p.Graph.Stores {
		region, known := s.Region.Get()
		if !known || !slices.Contains(classes, s.Class) || s.Open != "" || s.ReplicaOf != "" || len(s.Copies) > 0 || elsewhere(p.Graph, s) {
			continue
		}
		stakes := p.Stakes(s.Environment)
		if stakes == analyzer.NoStakes {
			continue
		}
		p.Report(analyzer.Finding{Level: stakes.Loud(), Origin: s.Origin,
			Message: fmt.Sprintf("If %s is lost, so is what services in other regions would need of %s %s: it has no replica and no backup elsewhere.", region, s.Kind, s.ID)})
	}
}

// elsewhere reports whether another store copies this one, or is one with it, or may be.
func elsewhere(g *mesh.Graph, s *mesh.DataStore) bool {
	return slices.ContainsFunc(g.Stores, func(o *mesh.DataStore) bool {
		return o != s && (o.ReplicaOf == s.ID || s.Group != "" && o.Group == s.Group)
	})
}
