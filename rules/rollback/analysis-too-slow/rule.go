// Package analysistooslow speaks for rollout controllers that go back by themselves, but later than the objective of the
// service allows.
package analysistooslow

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Causes: []failover.CauseKind{failover.CauseAnalysisSlow},
	Run:    run,
}

// run looks at objectives that have an RTO and do not speak of releases: nothing is promised, and the time is known all
// the same.
func run(p *analyzer.Pass) {
	served := p.Graph.Served()
	for _, r := range p.Graph.Rollouts {
		span, known := r.Analysis.Within.Get()
		if r.Workload == nil || !known || !r.Analysis.Automatic.Or(false) {
			continue
		}
		for _, s := range served.Of(r) {
			if s.Objective == nil || failover.PromisesReleases(s) {
				continue
			}
			rto, stated := s.Objective.RTO.Get()
			if !stated || span.Lower <= rto {
				continue
			}
			p.Report(analyzer.Finding{Level: analyzer.Note, Service: s, Origin: r.Analysis.Within.Origin,
				Message: fmt.Sprintf("If a new version of %s answers errors, %s takes at least %s until it goes back; an outage of this service may last %s.",
					s.Name, r.Title(), span.Lower, rto),
				Related: []mesh.Evidence{{What: "the objective", Origin: s.Objective.Origin}}})
		}
	}
}
