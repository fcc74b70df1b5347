// Package stateunlocked speaks for Terraform states that two runs may write at once.
package stateunlocked

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, e := range p.Graph.Environments {
		s := e.State
		if s == nil {
			continue
		}
		if locked, known := s.Locked.Get(); !known || locked || p.Stakes(e.Name) == analyzer.NoStakes {
			continue
		}
		at := s.Locked.Origin
		if at.In == nil {
			at = s.Origin
		}
		p.Report(analyzer.Finding{Level: analyzer.Warning, Origin: at,
			Message: fmt.Sprintf("In an incident, when several people act, two runs of Terraform may overwrite each other's state of %s: nothing locks it.", e.Name)})
	}
}
