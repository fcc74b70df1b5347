// Package drilledotherwise speaks for promised failures that were drilled before the prediction became another one.
package drilledotherwise

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/drilled"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, d := range p.Evidence.Services() {
		cells := d.Where(func(c *analyzer.DrilledCell) bool {
			return c.State == drilled.StateChanged && c.Outcome == failover.Survives
		})
		if len(cells) == 0 {
			continue
		}
		p.Report(d.About(cells, d.Level(),
			"The last drill of %s, %s, says nothing about today: other destinations, times or protection are predicted for %s than were drilled.",
			d.Service.Name, analyzer.Last(cells), analyzer.Failures(cells)))
	}
}
