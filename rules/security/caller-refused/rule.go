// Package callerrefused speaks for standbys whose authorization policy denies callers that the
// primary admits.
package callerrefused

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Causes: []failover.CauseKind{failover.CauseRefused},
}
