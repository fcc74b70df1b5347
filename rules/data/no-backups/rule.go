// Package nobackups speaks for data that cannot be taken back to before a bad write.
package nobackups

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, s := range p.Graph.Stores {
		at := s.Origin
		kept, backed := s.Backups.Get()
		back, pointed := s.PointInTime.Get()
		switch {
		case backed && kept == 0 && !(pointed && back):
			at = s.Backups.Origin
		case pointed && !back && !(backed && kept > 0):
			at = s.PointInTime.Origin
		default:
			continue
		}
		if at.In == nil {
			at = s.Origin // nobody wrote it
		}
		if p.Stakes(s.Environment) == analyzer.NoStakes {
			continue
		}
		p.Report(analyzer.Finding{Level: analyzer.Warning, Origin: at,
			Message: fmt.Sprintf("A bad release that writes to %s %s cannot be taken back: replicas follow the write, and no backup is kept.", s.Kind, s.ID)})
	}
}
