// Package stateunversioned speaks for Terraform states of which only the newest is kept.
package stateunversioned

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
		if kept, known := s.Versioned.Get(); !known || kept || p.Stakes(e.Name) == analyzer.NoStakes {
			continue
		}
		at := s.Versioned.Origin
		if at.In == nil {
			at = s.Origin
		}
		p.Report(analyzer.Finding{Level: analyzer.Warning, Origin: at,
			Message: fmt.Sprintf("A broken state of %s cannot be taken back, and Terraform then cannot repair what it has built: the bucket of its state keeps no earlier versions.", e.Name)})
	}
}
