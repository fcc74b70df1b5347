// Package lastdrillfailed speaks for promised failures whose last drill broke the promise.
package lastdrillfailed

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/drilled"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, d := range p.Evidence.Services() {
		cells := d.Where(func(c *analyzer.DrilledCell) bool {
			// Where the break was predicted and seen, the rule of its cause speaks.
			return c.State == drilled.StateFailed && (c.Works() || c.Shown.Static != drilled.Confirmed)
		})
		if len(cells) == 0 {
			continue
		}
		since := ""
		if len(d.Where(func(c *analyzer.DrilledCell) bool {
			return c.State == drilled.StateFailed && c.Prediction == drilled.Other
		})) > 0 {
			since = " The prediction has changed since; no drill has shown that the change helps."
		}
		p.Report(d.About(cells, analyzer.Warning,
			"A drill has shown that %s does not keep its promise in %s: it failed last %s.%s",
			d.Service.Name, analyzer.Failures(cells), analyzer.Last(cells), since))
	}
}
