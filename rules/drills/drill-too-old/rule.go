// Package drilltooold speaks for promised failures whose last drill is older than the objective allows.
package drilltooold

import (
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/drilled"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, d := range p.Evidence.Services() {
		cells := d.Where(func(c *analyzer.DrilledCell) bool { return c.State == drilled.StateStale && c.Works() })
		if len(cells) == 0 {
			continue
		}
		allowed := mesh.DefaultDrillAge
		if age, ok := d.Service.Objective.Drill.MaxAge.Get(); ok {
			allowed = age
		}
		oldest := slices.MaxFunc(cells, func(a, b *analyzer.DrilledCell) int { return a.Days() - b.Days() })
		p.Report(d.About(cells, d.Level(),
			"What drills have shown of %s in %s is up to %s old, and may be %s old: people, load and what lies around the mesh have changed since.",
			d.Service.Name, analyzer.Failures(cells), analyzer.Days(oldest.Days()), analyzer.Days(int(allowed.Hours()/24))))
	}
}
