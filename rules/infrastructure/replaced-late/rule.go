// Package replacedlate speaks for load balancers and their parts that are gone before their replacement is there.
package replacedlate

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, e := range p.Graph.Environments {
		if p.Stakes(e.Name) == analyzer.NoStakes {
			continue
		}
		for _, k := range e.Keeps {
			if k.Kind == mesh.ReplacedLate {
				p.Report(analyzer.Finding{Level: analyzer.Note, Origin: k.Origin,
					Message: fmt.Sprintf("A change that replaces %s takes it away before the new one is there: create_before_destroy is not set.", k.ID)})
			}
		}
	}
}
