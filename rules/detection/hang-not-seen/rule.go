// Package hangnotseen speaks for failures that outlier detection is there for and does not see, above all a hang: nothing
// turns waiting into a failure that counts.
package hangnotseen

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Causes: []failover.CauseKind{failover.CauseUnseen},
}
