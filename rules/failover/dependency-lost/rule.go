// Package dependencylost speaks for services that survive themselves, and lose something they
// cannot do without.
package dependencylost

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is DR109.
var Rule = &analyzer.Rule{
	ID:     "DR109",
	Slug:   "dependency-lost",
	Title:  "A strong dependency does not survive",
	Causes: []failover.CauseKind{failover.CauseDependency},
}
