// Package aliasignorestarget speaks for alias records that are told not to look at what they lead to.
package aliasignorestarget

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Causes: []failover.CauseKind{failover.CauseBlindAlias}, Run: run}

func run(p *analyzer.Pass) {
	p.ReportRecords(mesh.LossBlindAlias, func(r *mesh.Record, l mesh.Loss) string {
		return fmt.Sprintf("Callers of %s are never led elsewhere: %s.", r.Name(), l.Detail)
	})
}
