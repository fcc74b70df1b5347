// Package predictionrefuted speaks for promised failures in which a drill saw something else than today's prediction.
package predictionrefuted

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/drilled"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, d := range p.Evidence.Services() {
		cells := d.Where(func(c *analyzer.DrilledCell) bool { return c.State == drilled.StateRefuted })
		if len(cells) == 0 {
			continue
		}
		p.Report(d.About(cells, analyzer.Warning,
			"What is predicted for %s in %s is not what happens: a drill saw something else, last %s. Until that is explained, do not rely on these cells.",
			d.Service.Name, analyzer.Failures(cells), analyzer.Last(cells)))
	}
}
