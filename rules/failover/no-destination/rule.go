// Package nodestination speaks for traffic that has nowhere to go: every endpoint is in the failed
// domain, dropped by configuration, scaled to zero or behind a network without a gateway.
package nodestination

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is DR102.
var Rule = &analyzer.Rule{
	ID:     "DR102",
	Slug:   "no-destination",
	Title:  "No destination is left to fail over to",
	Causes: []failover.CauseKind{failover.CauseNoEndpoint, failover.CauseUnreachable},
}
