// Package rulenotvisible speaks for rules that no caller obeys: in a third namespace, exported to
// nobody, or hidden by a Sidecar.
package rulenotvisible

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is DR107.
var Rule = &analyzer.Rule{
	ID:     "DR107",
	Slug:   "rule-not-visible",
	Title:  "A rule is not visible to the clients it is for",
	Causes: []failover.CauseKind{failover.CauseNotVisible},
}
