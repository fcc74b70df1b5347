// Package suppressionwithoutexpiry speaks for suppressions that hold for ever.
package suppressionwithoutexpiry

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Run: run,
}

func run(p *analyzer.Pass) {
	for _, s := range p.Suppressions {
		if s.Until.IsZero() && s.By != mesh.ByBaseline { // a baseline needs none
			p.Report(analyzer.Finding{Level: analyzer.Warning, Origin: s.Origin, Message: fmt.Sprintf("Findings of %s are accepted here for ever: give the last day, as until=2027-03-31.", s.Names())})
		}
	}
}
