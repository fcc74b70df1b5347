// Package exposedfailoverpath speaks for requests that leave the mesh's encryption on the way to
// where a failure sends them.
package exposedfailoverpath

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Causes: []failover.CauseKind{failover.CauseExposed},
}
