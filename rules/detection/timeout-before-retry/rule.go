// Package timeoutbeforeretry speaks for retries that come after the end of the request: a first try that hangs uses up all of its time.
package timeoutbeforeretry

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, r := range failover.RetryingRules(p.Graph) {
		try, tries := r.Retries.PerTry.Get()
		whole, ends := r.Timeout.Get()
		if !tries || !ends || whole <= 0 || try < whole || r.Retries.PerTry.Origin.In == nil || r.Timeout.Origin.In == nil {
			continue
		}
		p.Report(analyzer.Finding{Level: analyzer.Warning, Service: r.Service, Origin: r.Retries.PerTry.Origin,
			Message: fmt.Sprintf("If an endpoint of %s hangs, requests that reach it fail without a retry: the first try may take %s, and the whole request ends after %s.",
				r.Service.ID.Host(), try, whole)})
	}
}
