// Package moduleunpinned speaks for modules of which every run may get another version.
package moduleunpinned

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, e := range p.Graph.Environments {
		level := analyzer.Warning
		if p.Stakes(e.Name) == analyzer.NoStakes {
			level = analyzer.Note
		}
		for _, c := range e.Calls {
			if c.Pinned {
				continue
			}
			p.Report(analyzer.Finding{Level: level, Origin: c.Origin,
				Message: fmt.Sprintf("Rebuilding %s in a disaster may build something else than what was lost: %s takes whatever version of %s is newest then.", e.Name, c.Address, c.Package)})
		}
	}
}
