// Package nodestination speaks for traffic that has nowhere to go: every endpoint is in the failed
// domain, dropped by configuration, scaled to zero or behind a network without a gateway.
package nodestination

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Causes: []failover.CauseKind{failover.CauseNoEndpoint, failover.CauseUnreachable},
}
