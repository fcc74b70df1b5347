// Package recordunchecked speaks for records whose first answer nobody checks: they never move.
package recordunchecked

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Causes: []failover.CauseKind{failover.CauseUnchecked}, Run: run}

func run(p *analyzer.Pass) {
	p.ReportRecords(mesh.LossUnchecked, func(r *mesh.Record, l mesh.Loss) string {
		return fmt.Sprintf("Callers of %s are never led elsewhere: %s.", r.Name(), l.Detail)
	})
}
