// Package analysiscannotfail speaks for releases that nothing stops, however bad the new version is.
package analysiscannotfail

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	served := p.Graph.Served()
	for _, r := range p.Graph.Rollouts {
		what, at := judge(r)
		if what == "" {
			continue
		}
		say := func(name string) string {
			return fmt.Sprintf("If a new version of %s answers errors and its pods stay ready, %s.", name, what)
		}
		if len(served.Of(r)) == 0 {
			p.Report(analyzer.Finding{Level: analyzer.Note, Origin: at, Resource: r.Resource, Message: say(r.Target.Name)})
			continue
		}
		for _, s := range served.Of(r) {
			p.Report(analyzer.Finding{Level: levelOf(r, s), Service: s, Origin: at, Message: say(s.Name)})
		}
	}
}

// judge is what the controller does then, and the line that decides; "" where something stops the release, or where that
// is not known.
func judge(r *mesh.Rollout) (string, mesh.Origin) {
	switch {
	case !r.Controller.Progressive():
	case r.Promotes.Or(false):
		return r.Title() + " hands it all requests: " + r.Analysis.Why, r.Promotes.Origin
	case len(r.Inert) > 0:
		return "the analysis of " + r.Title() + " finds nothing wrong: " + r.Inert[0].What, r.Inert[0].Origin
	case r.LatencyOnly && r.Analysis.Automatic.Or(false):
		return "the analysis of " + r.Title() + " finds nothing wrong: its checks look at latency alone, and errors are quick", r.Analysis.Automatic.Origin
	}
	return "", mesh.Origin{}
}

// levelOf is an error where the owner declares a canary, which is none without an analysis that can fail. Blue-green needs none as
// long as the other colour is there.
func levelOf(r *mesh.Rollout, s *mesh.Service) analyzer.Level {
	canary := r.Pattern.V != mesh.BlueGreen
	switch {
	case canary && !r.LatencyOnly && s.Objective != nil && s.Objective.Pattern == mesh.Canary:
		return analyzer.Error
	case failover.PromisesReleases(s), canary && failover.HasIntent(s):
		return analyzer.Warning
	}
	return analyzer.Note
}
