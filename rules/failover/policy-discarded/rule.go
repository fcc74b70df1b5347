// Package policydiscarded speaks for outlier detection and locality settings that another block
// replaces: a port-level entry, a subset, a rule that wins the lookup as a whole, an older rule.
package policydiscarded

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Causes: []failover.CauseKind{failover.CauseDiscarded},
}
