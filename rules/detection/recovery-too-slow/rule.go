// Package recoverytooslow speaks for services that come back, but later than their objective allows.
package recoverytooslow

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Causes: []failover.CauseKind{failover.CauseTooSlow},
}
