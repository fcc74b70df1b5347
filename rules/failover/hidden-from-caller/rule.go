// Package hiddenfromcaller speaks for callers that do not see a service that they cannot do without: it is not exported
// to them, or their Sidecar does not import it.
package hiddenfromcaller

import (
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Causes: []failover.CauseKind{failover.CauseNotExported}, Run: run}

func run(p *analyzer.Pass) {
	type place struct {
		caller mesh.ServiceID
		at     string // two clusters may read one line
	}
	groups := map[place][]*mesh.Fact{}
	var order []place
	for _, f := range p.Graph.Facts {
		from, to := p.Graph.Service(f.Service), p.Graph.Service(f.Other)
		if f.Kind != mesh.FactHidden || from == nil || to == nil || p.Graph.Gap(from) != nil || p.Graph.Gap(to) != nil {
			continue
		}
		k := place{f.Service, f.Origin.Position().String()}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], f)
	}
	for _, k := range order {
		report(p, groups[k])
	}
}

// report tells what one line hides from one caller: the worst of it, and what else.
func report(p *analyzer.Pass, facts []*mesh.Fact) {
	slices.SortStableFunc(facts, func(a, b *mesh.Fact) int { return rank[level(p.Graph, a)] - rank[level(p.Graph, b)] })
	worst := facts[0]
	message := worst.Message
	var others []string
	for _, f := range facts[1:] {
		if host := f.Other.Host(); f.Other != worst.Other && !slices.Contains(others, host) {
			others = append(others, host)
		}
	}
	if len(others) > 0 {
		message += fmt.Sprintf("; nor does it see %s", strings.Join(others, ", "))
	}
	p.Report(analyzer.Finding{Level: level(p.Graph, worst), Service: p.Graph.Service(worst.Service), Origin: worst.Origin,
		Resource: worst.Resource, Related: worst.Related, Message: message + "."})
}

var rank = map[analyzer.Level]int{analyzer.Error: 0, analyzer.Warning: 1, analyzer.Note: 2}

// level: an error where the owner says that the service cannot do without the other, has an objective, and requests are
// refused today. Otherwise a warning where either of the two is promised anything, or sets out to move traffic. That a
// policy admits a caller is no proof that it calls.
func level(g *mesh.Graph, f *mesh.Fact) analyzer.Level {
	from, to := g.Service(f.Service), g.Service(f.Other)
	what := ""
	if len(f.Related) > 0 {
		what = f.Related[0].What
	}
	_, moves := to.Intent.Mechanism()
	switch {
	case what == "declared" && f.Harm && from.Objective != nil:
		return analyzer.Error
	case what == "declared" || what == "Sidecar egress":
		if from.Objective != nil || to.Objective != nil || moves {
			return analyzer.Warning
		}
	}
	return analyzer.Note
}
