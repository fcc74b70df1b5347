// Package singlecolour speaks for blue-green services of which the other colour has no pod.
package singlecolour

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Causes: []failover.CauseKind{failover.CauseSingleColour}}
