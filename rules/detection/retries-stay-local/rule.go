// Package retriesstaylocal speaks for retries that go to the tier that has just died, because the route does not let
// them leave it.
package retriesstaylocal

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	list, err := p.Model.FindLocalRetries(context.Background())
	if err != nil {
		return // only a context that is done makes one, and this one never is
	}
	for _, o := range list {
		level := analyzer.Note
		if o.Cell.Service.Objective != nil {
			level = analyzer.Warning
		}
		p.Report(analyzer.Finding{Level: level, Service: o.Cell.Service, Origin: o.Origin, Message: message(o),
			Scenario: o.Cell.Scenario.String(), Fault: string(o.Cell.Fault), Cells: analyzer.SpoilsSorted(o.Cells)})
	}
}

func message(o *failover.LocalRetries) string {
	c := o.Cell
	tries := "its retry goes"
	if o.Attempts > 1 {
		tries = fmt.Sprintf("its %d retries go", o.Attempts)
	}
	from := ""
	if place := c.Client.Locality.String(); place != "" {
		from = " from " + place
	}
	bound := ""
	if c.Recovery.Upper > 0 {
		bound = fmt.Sprintf(", for up to %s", c.Recovery.Upper.Round(100*time.Millisecond))
	}
	next, _, _ := strings.Cut(c.Destinations[0].Locality, "/")
	if next == "" {
		next = "the endpoints that live"
	}
	return fmt.Sprintf("If %s crashes, every request to %s:%d%s fails until the dead endpoints are taken out%s: %s to the same tier, and never to %s.",
		analyzer.Subject(c.Scenario), c.Service.Name, c.Port, from, bound, tries, next)
}
