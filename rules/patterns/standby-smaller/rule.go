// Package standbysmaller speaks for copies of a service that have less than the one whose requests they take over.
package standbysmaller

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

// tolerance is the share by which copies may differ.
const tolerance = 0.1

func run(p *analyzer.Pass) {
	short := map[*mesh.Service]bool{} // of these another rule says so already
	for _, b := range p.Broken {
		short[b.Cell.Service] = short[b.Cell.Service] || b.Cause.Kind == failover.CauseShortOf
	}
	unequal := map[*mesh.Service][][]*mesh.Workload{}
	for _, s := range p.Graph.Services {
		if level(s) == "" || short[s] || p.Graph.Gap(s) != nil {
			continue
		}
		for _, group := range s.Copies() {
			if differ(group) {
				unequal[s] = append(unequal[s], group)
			}
		}
	}
	moves, err := p.Model.TakeOvers(context.Background(), unequal)
	if err != nil {
		return // only a context that is done makes one, and this one never is
	}
	for _, t := range moves {
		judge(p, t)
	}
}

// level is how loud the rule speaks of a service: an objective promises the loss of a region, a rule only means it.
func level(s *mesh.Service) analyzer.Level {
	if s.Objective != nil && slices.ContainsFunc(s.Objective.Survive, func(what string) bool {
		return strings.HasPrefix(what, "region") || strings.HasPrefix(what, "cluster")
	}) {
		return analyzer.Warning
	}
	if _, moves := s.Intent.Mechanism(); moves {
		return analyzer.Note
	}
	return ""
}

func differ(group []*mesh.Workload) bool {
	for i := range group {
		for j := range group {
			if len(mesh.Shortfalls(group[i:i+1], group[j:j+1], tolerance)) > 0 {
				return true
			}
		}
	}
	return false
}

// judge compares the copies that are lost with those that answer in their place.
func judge(p *analyzer.Pass, t failover.TakeOver) {
	found := slices.DeleteFunc(mesh.Shortfalls(t.Lost, t.Left, tolerance), func(f mesh.Shortfall) bool {
		return f.What == "pods" && f.Left == 1 // of a single pod another rule speaks
	})
	if len(found) == 0 {
		return
	}
	var words []string
	for _, f := range found {
		words = append(words, f.String())
	}
	c := t.Cell
	p.Report(analyzer.Finding{Level: level(c.Service), Service: c.Service, Origin: found[0].Origin, Scenario: c.Scenario.String(), Fault: string(c.Fault), Cells: analyzer.Spoils(c),
		Related: []mesh.Evidence{{What: "the larger copy", Origin: t.Lost[0].Origin}},
		Message: fmt.Sprintf("If requests to %s move from %s to %s, less is there to answer them: %s.",
			c.Service.Name, clusters(t.Lost), clusters(t.Left), strings.Join(words, ", "))})
}

func clusters(list []*mesh.Workload) string {
	var names []string
	for _, w := range list {
		names = append(names, w.Cluster)
	}
	return strings.Join(names, " and ")
}
