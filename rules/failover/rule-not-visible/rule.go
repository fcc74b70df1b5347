// Package rulenotvisible speaks for rules that no caller obeys: in a third namespace, exported to
// nobody, or hidden by a Sidecar.
package rulenotvisible

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Causes: []failover.CauseKind{failover.CauseNotVisible},
}
