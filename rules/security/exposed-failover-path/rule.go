// Package exposedfailoverpath speaks for requests that leave the mesh's encryption on the way to
// where a failure sends them.
package exposedfailoverpath

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is DR301.
var Rule = &analyzer.Rule{
	ID:     "DR301",
	Slug:   "exposed-failover-path",
	Title:  "The failover path is not encrypted",
	Causes: []failover.CauseKind{failover.CauseExposed},
}
