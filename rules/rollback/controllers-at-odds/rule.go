// Package controllersatodds speaks for objects that two controllers write, each undoing what the other did.
package controllersatodds

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	served := p.Graph.Served()
	for _, r := range p.Graph.Rollouts {
		for _, c := range r.Contests {
			f := analyzer.Finding{Level: analyzer.Note, Origin: c.Origin, Related: c.Related, Message: fmt.Sprintf(
				"%s and %s both write %s %s/%s: %s.", r.Title(), c.With, c.Kind, c.Namespace, c.Name, c.What)}
			if len(served.Of(r)) == 0 {
				p.Report(f)
				continue
			}
			for _, s := range served.Of(r) {
				f.Service, f.Level = s, analyzer.Note
				if failover.HasIntent(s) {
					f.Level = analyzer.Warning
				}
				p.Report(f)
			}
		}
	}
}
