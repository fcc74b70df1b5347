// Package failoverinert speaks for failover that is written and never happens: no outlier
// detection beside it, or an ejection bound that can never empty the first tier.
package failoverinert

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Causes: []failover.CauseKind{failover.CauseInert, failover.CauseBound},
}
