// Package patterndiffers speaks for services that are declared to follow one deployment pattern, and run another.
package patterndiffers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/analyzer/pattern"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	patterns := pattern.New(p.Model)
	for _, s := range p.Graph.Services {
		if s.Objective == nil || s.Objective.Pattern == "" {
			continue
		}
		ofPlaces := s.Objective.Pattern == mesh.ActiveActive || s.Objective.Pattern == mesh.ActivePassive
		if ofPlaces && explained(p, s) {
			continue
		}
		runs := patterns.Of(s)
		if s.Objective.Pattern == mesh.ActiveActive && runs.Places == mesh.ActivePassive && patterns.Apart(p.Graph, s, runs.Waiting) {
			continue
		}
		text, related := differs(s.Objective.Pattern, runs), runs.OfVersions()
		if ofPlaces {
			related = runs.OfPlaces()
		}
		if text != "" {
			p.Report(analyzer.Finding{Level: analyzer.Warning, Service: s, Origin: s.Objective.Origin, Related: related,
				Message: fmt.Sprintf("%s is declared %s, and %s.", s.Name, s.Objective.Pattern, text)})
		}
	}
}

// inert are the causes that tell, at error level, why traffic does not move as it was meant to: they explain a pattern
// that is not the declared one.
var inert = []failover.CauseKind{failover.CauseInert, failover.CauseNoDetection, failover.CauseDiscarded, failover.CauseNotVisible,
	failover.CauseMisspelt, failover.CauseNoEndpoint, failover.CauseUnreachable, failover.CauseTLSMismatch, failover.CauseMissing}

func explained(p *analyzer.Pass, s *mesh.Service) bool {
	return slices.ContainsFunc(p.BrokenOf(s), func(b *analyzer.Breach) bool {
		return b.Level == analyzer.Error && slices.Contains(inert, b.Cause.Kind)
	})
}

// differs completes the sentence about a service that does not run what it is declared to; "" if it does, or if that is
// not known. A canary at rest gives its stable version everything, as blue-green does, and both may be shown to testers by
// a header first: neither is a difference.
func differs(declared mesh.Pattern, runs pattern.Inferred) string {
	switch {
	case declared == mesh.ActiveActive && runs.Places == mesh.ActivePassive:
		return fmt.Sprintf("on a normal day %s answers every request: nothing shows that %s works before it must take all of the load",
			and(runs.Serving), and(runs.Waiting))
	case declared == mesh.ActivePassive && runs.Places == mesh.ActiveActive && len(runs.Serving) > 1 && !runs.Ordered:
		return fmt.Sprintf("nothing makes one %s the first: on a normal day %s answer requests at the same time", runs.Unit, and(runs.Serving))
	case len(runs.Answering) < 2:
		return ""
	case declared == mesh.BlueGreen, declared == mesh.Canary && runs.Versions == "":
		return fmt.Sprintf("%s answer requests at the same time%s", and(runs.Answering), unweighted(runs))
	case declared == mesh.AB && runs.Versions != mesh.AB:
		return fmt.Sprintf("chance decides between %s: the same caller gets now one and now the other", and(runs.Answering))
	}
	return ""
}

func unweighted(runs pattern.Inferred) string {
	if runs.Versions == "" {
		return ", as many each as they have pods: no route tells them apart, so none can be taken out by a weight"
	}
	return ", and a fault in either reaches callers"
}

func and(list []string) string { return strings.Join(list, " and ") }
