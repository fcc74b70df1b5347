package analyzer

import (
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Promised reports whether an objective of the service covers the failure.
func Promised(s *mesh.Service, sc failover.Scenario, f failover.Fault) bool {
	return promised(s, sc, f)
}

// Worst is the worst promise that a cell breaks, or nil: the more severe, and one that somebody declared before what the
// configuration promises by itself.
func Worst(c *failover.Cell) *Breach {
	b := broken{cell: c}
	b.judge()
	var worst *Breach
	for _, one := range b.list {
		if worst == nil || levelRank[one.Level] < levelRank[worst.Level] || one.Level == worst.Level && one.Declared && !worst.Declared {
			worst = one
		}
	}
	return worst
}
