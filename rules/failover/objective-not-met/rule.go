// Package objectivenotmet speaks for promises that break although no setting was lost: nothing
// detects the failure, detection does not see it (a hang without a timeout), or recovery takes
// longer than the objective allows.
package objectivenotmet

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Causes: []failover.CauseKind{failover.CauseUnseen, failover.CauseNoDetection, failover.CausePanic, failover.CauseNotSwitched, failover.CauseTooSlow},
}
