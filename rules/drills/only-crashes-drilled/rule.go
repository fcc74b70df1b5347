// Package onlycrashesdrilled speaks for promised failures of which drills have only shown the crash.
package onlycrashesdrilled

import (
	"github.com/passmuster/muster/analyzer"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, d := range p.Evidence.Services() {
		cells := d.Where(func(c *analyzer.DrilledCell) bool { return c.Works() && d.Gap(c) })
		if len(cells) == 0 {
			continue
		}
		p.Report(d.About(cells, d.Level(),
			"Drills of %s have only shown crashes: nobody has seen what happens in %s, where no connection is refused and other settings decide.",
			d.Service.Name, analyzer.Failures(cells)))
	}
}
