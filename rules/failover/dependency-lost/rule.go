// Package dependencylost speaks for services that survive themselves, and lose something they
// cannot do without.
package dependencylost

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Causes: []failover.CauseKind{failover.CauseDependency},
}
