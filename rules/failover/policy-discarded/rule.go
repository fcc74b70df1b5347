// Package policydiscarded speaks for outlier detection and locality settings that another block
// replaces: a port-level entry, a subset, a rule that wins the lookup as a whole, an older rule.
package policydiscarded

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is DR104.
var Rule = &analyzer.Rule{
	ID:     "DR104",
	Slug:   "policy-discarded",
	Title:  "A policy that would help is discarded or shadowed",
	Causes: []failover.CauseKind{failover.CauseDiscarded},
}
