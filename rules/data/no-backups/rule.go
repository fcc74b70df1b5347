// Package nobackups speaks for data that cannot be taken back to before a bad write.
package nobackups

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
		at, none := lacks(s)
		if !none || !original(s) || p.Stakes(s.Environment) == analyzer.NoStakes {
			continue
		}
		if at.In == nil {
			at = s.Origin // nobody wrote it
		}
		p.Report(analyzer.Finding{Level: analyzer.Warning, Origin: at,
			Message: fmt.Sprintf("A bad release that writes to %s %s cannot be taken back: replicas follow the write, and no backup is kept.", s.Kind, s.ID)})
	}
}

// lacks reports that nothing of a store is kept from before a write, and where that is decided.
func lacks(s *mesh.DataStore) (mesh.Origin, bool) {
	kept, backed := s.Backups.Get()
	back, pointed := s.PointInTime.Get()
	versions, known := s.Versioned.Get()
	switch {
	case backed && kept > 0, pointed && back, slices.ContainsFunc(s.Copies, func(c mesh.Copy) bool { return c.Kind == mesh.Backup }):
		return mesh.Origin{}, false
	case s.Class == "bucket":
		return s.Versioned.Origin, known && !versions && len(s.Copies) > 0 // what is replicated is worth having back
	case pointed && s.Backups.State != mesh.Unknown:
		return s.PointInTime.Origin, true
	}
	return s.Backups.Origin, backed && s.PointInTime.State != mesh.Unknown
}

// original reports whether a store takes the writes that somebody may want to take back. Replicas have no backups of their own, what caches and
// queues hold can be had again or is gone soon, and of an open store nobody knows what copies it.
func original(s *mesh.DataStore) bool {
	writes, known := s.Writable.Get()
	follows := s.Writable.State == mesh.Unknown || known && !writes
	return s.Open == "" && s.ReplicaOf == "" && !follows && s.Class != "cache" && s.Class != "queue"
}
