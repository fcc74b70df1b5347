// Package copyunprotected speaks for the copy of data that is to take over, and that one mistake deletes.
package copyunprotected

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, s := range p.Graph.Stores {
		guarded, known := s.Protected.Get()
		if !known || guarded || !isCopy(p.Graph, s) || p.Stakes(s.Environment) == analyzer.NoStakes {
			continue
		}
		at := s.Protected.Origin
		if at.In == nil {
			at = s.Origin // nobody wrote it
		}
		p.Report(analyzer.Finding{Level: analyzer.Warning, Origin: at,
			Message: fmt.Sprintf("%s %s is what takes over when the original is lost, and one mistaken apply deletes it: it is not protected from deletion.", s.Kind, s.ID)})
	}
}

// isCopy reports whether a store is to take over: it follows another one, or each of two copies the other. Of a group of which nobody knows
// who takes writes, no store is known to be a copy.
func isCopy(g *mesh.Graph, s *mesh.DataStore) bool {
	return s.ReplicaOf != "" || s.Group == "" && slices.ContainsFunc(g.Stores, func(o *mesh.DataStore) bool {
		return o != s && o.Group == "" && o.ReplicaOf == "" && copiedTo(s, o) && copiedTo(o, s)
	})
}

func copiedTo(from, to *mesh.DataStore) bool {
	return slices.ContainsFunc(from.Copies, func(c mesh.Copy) bool { return c.Store == to.ID })
}
