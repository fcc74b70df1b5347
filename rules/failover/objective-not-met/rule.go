// Package objectivenotmet speaks for promises that break although no setting was lost: nothing
// detects the failure, so few endpoints are left that their health is ignored, or nobody switches.
package objectivenotmet

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Causes: []failover.CauseKind{failover.CauseNoDetection, failover.CausePanic, failover.CauseNotSwitched},
}
