// Package modulediffers speaks for a standby that another version of a module builds than the primary.
package modulediffers

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	first := map[string]*mesh.ModuleCall{}
	for _, e := range p.Graph.Environments {
		if p.Stakes(e.Name) == analyzer.NoStakes {
			continue
		}
		for _, c := range e.Calls {
			if c.Pinned && c.Version == "" && c.Ref == "" {
				continue // one file, or a version that is not known
			}
			one := first[c.Package]
			if one == nil {
				first[c.Package] = c
				continue
			}
			if chosen(one) == chosen(c) || !apart(one, c) {
				continue
			}
			p.Report(analyzer.Finding{Level: analyzer.Warning, Origin: c.Origin,
				Related: []mesh.Evidence{{What: one.Address + " is called here", Origin: one.Origin}},
				Message: fmt.Sprintf("What takes over is not what was tested: %s in %s is built by version %s of %s, and %s in %s by %s.",
					c.Address, c.Region.V, chosen(c), c.Package, one.Address, one.Region.V, chosen(one))})
		}
	}
}

// chosen is what decides the version of a call.
func chosen(c *mesh.ModuleCall) string {
	return cmp.Or(strings.TrimLeft(c.Version, "= v"), c.Ref, "whatever is newest")
}

// apart reports whether two calls are known to build in two regions.
func apart(a, b *mesh.ModuleCall) bool {
	x, known := a.Region.Get()
	y, also := b.Region.Get()
	return known && also && x != y
}
