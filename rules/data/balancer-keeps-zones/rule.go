// Package balancerkeepszones speaks for load balancers whose addresses of one zone lead to targets of that zone alone.
package balancerkeepszones

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	led := map[string]string{} // by load balancer: a name that leads to it
	for _, r := range p.Graph.Records {
		for _, m := range r.Members {
			if m.Leads != nil {
				led[m.Leads.ID] = r.Name()
			}
		}
	}
	for _, b := range p.Graph.Balancers {
		if spills, known := b.Spills.Get(); !known || spills || led[b.ID] == "" || len(b.Zones) == 1 {
			continue
		}
		at := b.Spills.Origin
		if at.In == nil {
			at = b.Origin // nobody wrote it
		}
		p.Report(analyzer.Finding{Level: analyzer.Note, Origin: at,
			Message: fmt.Sprintf("If the targets of %s in one zone are gone, its address in that zone answers with nothing until callers have asked for %s again: it does not spread over zones.",
				b.ID, led[b.ID])})
	}
}
