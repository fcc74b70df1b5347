// Package recordsharedcheck speaks for failover records whose answers are judged by one health check.
package recordsharedcheck

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Causes: []failover.CauseKind{failover.CauseSharedCheck}, Run: run}

func run(p *analyzer.Pass) {
	p.ReportRecords(mesh.LossSharedCheck, func(r *mesh.Record, l mesh.Loss) string {
		return fmt.Sprintf("When the first answer of %s fails, the other one counts as failed, too, and callers stay with the first: %s.", r.Name(), l.Detail)
	})
}
