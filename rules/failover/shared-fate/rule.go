// Package sharedfate speaks for replicas that are all placed inside the domain whose loss the
// service must survive.
package sharedfate

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Causes: []failover.CauseKind{failover.CauseSharedFate},
}
