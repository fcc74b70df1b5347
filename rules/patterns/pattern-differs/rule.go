// Package patterndiffers speaks for services that are declared active-active or active-passive, and whose configuration
// makes them the other.
package patterndiffers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	if !slices.ContainsFunc(p.Graph.Services, differs) {
		return
	}
	// The matrix of the pass may hold broken promises only. Cells tell of the normal day as well; callers inside of what
	// fails have none, and the loss of a copy fails no caller.
	m, err := failover.Compute(context.Background(), p.Graph, failover.Options{Services: differs, Copies: true, Forced: true,
		Scenarios: []failover.Scenario{failover.None}, Faults: []failover.Fault{failover.Crash}})
	if err != nil {
		return // only a context that is done makes one, and this one never is
	}
	shares, unknown := map[*mesh.Service]map[string]bool{}, map[*mesh.Service]bool{}
	for _, c := range m.Cells {
		if shares[c.Service] == nil {
			shares[c.Service] = map[string]bool{}
		}
		unknown[c.Service] = unknown[c.Service] || c.Outcome == failover.Unknown
		for _, d := range c.Before {
			region, _, _ := strings.Cut(d.Locality, "/")
			shares[c.Service][region] = true
		}
	}
	for _, s := range p.Graph.Services {
		if used := shares[s]; len(used) > 0 && !unknown[s] && !used[""] {
			judge(p, s, slices.Sorted(maps.Keys(used)))
		}
	}
}

// differs reports whether the objective declares one of the patterns, the settings amount to the other, and there are
// regions to choose from.
func differs(s *mesh.Service) bool {
	if s.Objective == nil || len(regions(s)) < 2 {
		return false
	}
	switch s.Objective.Pattern {
	case mesh.ActiveActive:
		return s.Intent.Pattern == mesh.ActivePassive
	case mesh.ActivePassive:
		return s.Intent.Pattern == mesh.ActiveActive
	}
	return false
}

// judge holds the declared pattern against the regions that answer requests on a normal day.
func judge(p *analyzer.Pass, s *mesh.Service, used []string) {
	all := regions(s)
	text := ""
	switch {
	case s.Objective.Pattern == mesh.ActiveActive && len(used) == 1:
		idle := slices.DeleteFunc(slices.Clone(all), func(r string) bool { return r == used[0] })
		text = fmt.Sprintf("%s is declared active-active, and on a normal day %s answers every request: nothing shows that %s works before it must take all of the load.",
			s.Name, used[0], strings.Join(idle, " and "))
	case s.Objective.Pattern == mesh.ActivePassive && len(used) > 1:
		text = fmt.Sprintf("%s is declared active-passive, and nothing makes one region the first: on a normal day %s answer requests at the same time.",
			s.Name, strings.Join(used, " and "))
	default:
		return
	}
	p.Report(analyzer.Finding{Level: analyzer.Warning, Service: s, Origin: s.Objective.Origin, Related: s.Intent.Evidence[:1], Message: text})
}

// regions are those in which a service has endpoints, sorted.
func regions(s *mesh.Service) []string {
	found := map[string]bool{}
	for _, e := range s.Endpoints {
		if e.Locality.Region != "" {
			found[e.Locality.Region] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}
