// Package recordwithoutstandby speaks for failover records of which the other side was never defined.
package recordwithoutstandby

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Causes: []failover.CauseKind{failover.CauseNoStandby}, Run: run}

func run(p *analyzer.Pass) {
	p.ReportRecords(mesh.LossNoStandby, func(r *mesh.Record, l mesh.Loss) string {
		return fmt.Sprintf("If it fails, %s has nobody to answer with: %s.", r.Name(), l.Detail)
	})
}
