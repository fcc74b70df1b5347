// Package suppressionwithoutreason speaks for suppressions that do not say why.
package suppressionwithoutreason

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
		if s.Reason == "" && s.By != mesh.ByBaseline { // a baseline needs none
			p.Report(analyzer.Finding{Level: analyzer.Warning, Origin: s.Origin, Message: fmt.Sprintf("Findings of %s are accepted here, and nobody says why: give a reason.", s.Names())})
		}
	}
}
