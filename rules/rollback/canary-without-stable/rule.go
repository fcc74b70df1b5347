// Package canarywithoutstable speaks for canaries beside which no stable version runs.
package canarywithoutstable

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Causes: []failover.CauseKind{failover.CauseCanaryAlone}}
