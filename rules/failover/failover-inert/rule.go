// Package failoverinert speaks for failover that is written and never happens: no outlier
// detection beside it, or an ejection bound that can never empty the first tier.
package failoverinert

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is DR103.
var Rule = &analyzer.Rule{
	ID:     "DR103",
	Slug:   "failover-inert",
	Title:  "Failover is configured and does nothing",
	Causes: []failover.CauseKind{failover.CauseInert, failover.CauseBound},
}
