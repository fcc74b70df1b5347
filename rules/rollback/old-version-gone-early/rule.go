// Package oldversiongoneearly speaks for promoted releases whose predecessor is gone before anybody can have noticed
// that it is needed.
package oldversiongoneearly

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	served := p.Graph.Served()
	needed := p.Params.Duration("decision")
	for _, r := range p.Graph.Rollouts {
		lives, known := r.OldLives.Get()
		if r.Workload == nil || !known || lives >= needed {
			continue
		}
		for _, s := range served.Of(r) {
			if !failover.PromisesReleases(s) {
				continue
			}
			p.Report(analyzer.Finding{Level: analyzer.Warning, Service: s, Origin: r.OldLives.Origin, Message: fmt.Sprintf(
				"If a new version of %s turns out to be bad after its promotion, %s has started to stop the old pods %s after it: whoever notices later waits for new ones; to notice and to decide takes %s.",
				s.Name, r.Title(), lives, needed)})
		}
	}
}
