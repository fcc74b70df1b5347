// Package shortofcapacity speaks for failovers after which too few replicas are left.
package shortofcapacity

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is DR501.
var Rule = &analyzer.Rule{
	ID:     "DR501",
	Slug:   "short-of-capacity",
	Title:  "Survivors may not carry the load",
	Causes: []failover.CauseKind{failover.CauseShortOf},
}
