// Package copyinsameregion speaks for data whose only copies are lost with the original.
package copyinsameregion

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	told := map[string]bool{} // stores that are copies of each other are one finding
	for _, s := range p.Graph.Stores {
		region, known := s.Region.Get()
		if !known || s.Open != "" || s.ReplicaOf != "" {
			continue
		}
		copies := copiesOf(p.Graph, s)
		if len(copies) == 0 || !allIn(copies, region) || slices.ContainsFunc(copies, func(c mesh.Copy) bool { return told[c.Store] }) {
			continue
		}
		stakes := p.Stakes(s.Environment)
		if stakes == analyzer.NoStakes {
			continue
		}
		told[s.ID] = true
		p.Report(analyzer.Finding{Level: stakes.Loud(), Origin: copies[0].Origin,
			Message: fmt.Sprintf("If %s is lost, %s %s is lost with its copy, which is in the same region.", region, s.Kind, s.ID)})
	}
}

// copiesOf are the copies of a store, in stores of the inputs and elsewhere.
func copiesOf(g *mesh.Graph, s *mesh.DataStore) []mesh.Copy {
	out := append([]mesh.Copy{}, s.Copies...)
	for _, o := range g.Stores {
		if o != s && (o.ReplicaOf == s.ID || s.Group != "" && o.Group == s.Group) {
			out = append(out, mesh.Copy{Kind: mesh.Replica, Region: o.Region, Store: o.ID, Origin: o.Origin})
		}
	}
	return out
}

func allIn(list []mesh.Copy, region string) bool {
	for _, c := range list {
		if r, known := c.Region.Get(); !known || r != region {
			return false
		}
	}
	return true
}
