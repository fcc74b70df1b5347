package analyzer

import "github.com/passmuster/muster/analyzer/failover"

// LevelOf is the level of the worst promise that a cell breaks, and the cause of that; "" and nil if it breaks none. Unproven
// tells that the promise is not broken, but not proven either.
func LevelOf(c *failover.Cell) (l Level, cause *failover.Cause, unproven bool) {
	b := broken{cell: c}
	b.judge()
	var worst *Breach
	for _, one := range b.list {
		if worst == nil || levelRank[one.Level] < levelRank[worst.Level] {
			worst = one
		}
	}
	if worst == nil {
		return "", nil, false
	}
	return worst.Level, &worst.Cause, worst.Unproven
}
