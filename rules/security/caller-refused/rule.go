// Package callerrefused speaks for standbys whose authorization policy denies callers that the
// primary admits.
package callerrefused

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is DR302.
var Rule = &analyzer.Rule{
	ID:     "DR302",
	Slug:   "caller-refused",
	Title:  "The failover destination refuses the caller",
	Causes: []failover.CauseKind{failover.CauseRefused},
}
