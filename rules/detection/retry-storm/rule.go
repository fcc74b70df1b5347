// Package retrystorm speaks for retries that multiply along a chain of dependencies: what is down is called more often
// than ever.
package retrystorm

import (
	"fmt"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, c := range failover.RetryChains(p.Graph) {
		if c.Tries <= p.Params.Int("maxProduct") {
			continue
		}
		first, last := c.Hops[0], c.Hops[len(c.Hops)-1]
		var hops []string
		var related []mesh.Evidence
		for i, h := range c.Hops {
			tries := h.Tries
			if i < len(c.Hops)-1 && !h.Answers {
				tries = 1
			}
			hops = append(hops, fmt.Sprintf("%s to %s %d", h.From.Name, h.To.Name, tries))
			if i > 0 && h.Retries.Origin.In != nil {
				related = append(related, mesh.Evidence{What: "retries of " + h.To.Name, Origin: h.Retries.Origin})
			}
		}
		p.Report(analyzer.Finding{Level: analyzer.Note, Service: first.To, Origin: first.Retries.Origin, Related: related,
			Message: fmt.Sprintf("If %s crashes, one request that %s works on becomes up to %d tries of it, for the retries of %d hops multiply (%s).",
				last.To.Name, first.From.Name, c.Tries, len(c.Hops), strings.Join(hops, ", "))})
	}
}
