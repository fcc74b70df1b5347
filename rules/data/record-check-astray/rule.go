// Package recordcheckastray speaks for health checks that ask something else than what they decide about.
package recordcheckastray

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Causes: []failover.CauseKind{failover.CauseAstray}, Run: run}

func run(p *analyzer.Pass) {
	p.ReportRecords(mesh.LossAstrayCheck, func(r *mesh.Record, l mesh.Loss) string {
		return fmt.Sprintf("%s does not move when it should, or not for long: %s.", r.Name(), l.Detail)
	})
}
