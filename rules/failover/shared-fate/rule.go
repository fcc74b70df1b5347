// Package sharedfate speaks for replicas that are all placed inside the domain whose loss the
// service must survive.
package sharedfate

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is DR106.
var Rule = &analyzer.Rule{
	ID:     "DR106",
	Slug:   "shared-fate",
	Title:  "All replicas share one fate",
	Causes: []failover.CauseKind{failover.CauseSharedFate},
}
