// Package recordoneregion speaks for failover records all of whose answers lead into one region.
package recordoneregion

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Causes: []failover.CauseKind{failover.CauseOneRegion}, Run: run}

func run(p *analyzer.Pass) {
	p.ReportRecords(mesh.LossOneRegion, func(r *mesh.Record, l mesh.Loss) string {
		return fmt.Sprintf("If that region is lost, nobody answers for %s: %s.", r.Name(), l.Detail)
	})
}
