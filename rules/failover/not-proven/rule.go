// Package notproven speaks for objectives that the inputs do not decide. Unknown is never a pass.
package notproven

import (
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Run: run,
}

func run(p *analyzer.Pass) {
	cells := map[*mesh.Service][]*failover.Cell{}
	causes := map[*mesh.Service][]string{}
	lines := map[*mesh.Service][]mesh.Evidence{}
	open := map[*mesh.Service]bool{} // for a reason that stands on no line
	var order []*mesh.Service
	unspread := failover.Unspread(p.Graph)
	for _, b := range p.Broken {
		if !b.Unproven || unspread(b.Cell.Service, b.Cause.Detail) != nil {
			continue // for pods that nothing spreads, another rule speaks
		}
		s := b.Cell.Service
		if cells[s] == nil {
			order = append(order, s)
		}
		cells[s] = append(cells[s], b.Cell)
		if !slices.Contains(causes[s], b.Cause.Detail) {
			causes[s] = append(causes[s], b.Cause.Detail)
		}
		for _, e := range b.Cause.Related {
			if !slices.Contains(lines[s], e) {
				lines[s] = append(lines[s], e)
			}
		}
		open[s] = open[s] || len(b.Cause.Related) == 0
	}
	unasked := map[*mesh.Service][]string{}
	for _, u := range p.Unasked() {
		if cells[u.Service] == nil && unasked[u.Service] == nil {
			order = append(order, u.Service)
		}
		unasked[u.Service] = append(unasked[u.Service], u.Text)
	}
	for _, s := range order {
		slices.Sort(causes[s])
		why := causes[s]
		more := ""
		if len(why) > 3 {
			more = fmt.Sprintf(" (and %d more)", len(why)-3)
			why = why[:3]
		}
		var follows []mesh.Origin
		for _, e := range lines[s] {
			if !open[s] && unasked[s] == nil {
				follows = append(follows, e.Origin)
			}
		}
		p.Report(analyzer.Finding{Level: analyzer.Warning, Service: s, Origin: s.Objective.Origin, Cells: analyzer.SpoilsSorted(cells[s]), Related: lines[s], Follows: follows,
			Message: fmt.Sprintf("The objective of %s is not proven%s.", s.Name, parts(len(cells[s]), why, more, unasked[s]))})
	}
	for _, s := range p.Matrix.Uncalled {
		f := analyzer.Finding{Level: analyzer.Warning, Service: s, Origin: s.Objective.Origin,
			Message: fmt.Sprintf("The objective of %s is not proven: no client in the inputs gets through to it on a normal day.", s.Name)}
		for _, e := range s.Endpoints {
			if e.Inbound == nil || e.Inbound.Authorization == nil {
				continue
			}
			f.Message = fmt.Sprintf("The objective of %s is not proven: its authorization policies refuse every client in the inputs, on a normal day already.", s.Name)
			for _, policy := range e.Inbound.Authorization.Allow {
				if !slices.ContainsFunc(f.Related, func(known mesh.Evidence) bool { return known.Origin == policy.Origin }) {
					f.Related = append(f.Related, mesh.Evidence{What: "policy " + policy.Name, Origin: policy.Origin})
				}
			}
		}
		p.Report(f)
	}
}

// parts says in how many cells an objective is not proven, why, and of which failures no cell tells.
func parts(cells int, why []string, more string, unasked []string) string {
	text := ""
	if cells > 0 {
		text = fmt.Sprintf(" in %d cells: %s%s", cells, strings.Join(why, "; "), more)
	}
	for i, u := range unasked {
		text += []string{" for ", "; nor for "}[min(i+cells, 1)] + u
	}
	return text
}
