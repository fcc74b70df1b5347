// Package neverdrilled speaks for promised failures that no drill has shown, where an objective asks for drills.
package neverdrilled

import (
	"github.com/passmuster/muster/analyzer"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, d := range p.Evidence.Services() {
		if !d.Asked() {
			continue
		}
		cells := d.Where(func(c *analyzer.DrilledCell) bool { return !c.Drilled() && c.Works() && !d.Gap(c) })
		if len(cells) == 0 {
			continue
		}
		p.Report(d.About(cells, analyzer.Warning,
			"Whether %s survives %s is a prediction that no drill has tested: for %d of its %d promised cells there is none with a verdict.",
			d.Service.Name, analyzer.Failures(cells), len(cells), len(d.Cells)))
	}
}
