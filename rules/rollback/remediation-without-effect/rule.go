// Package remediationwithouteffect speaks for releases of charts whose failed upgrades stay as they are.
package remediationwithouteffect

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
		auto := r.Deadline.Automatic
		if r.Controller != mesh.FluxHelm || !auto.IsKnown() || auto.V {
			continue
		}
		message := "If an upgrade of %s does not become ready, %s leaves it as it is: %s."
		if len(served.Of(r)) == 0 {
			if len(r.Inert) > 0 {
				p.Report(analyzer.Finding{Level: analyzer.Note, Origin: auto.Origin, Resource: r.Resource, Message: fmt.Sprintf(message, r.Name, r.Title(), r.Deadline.Why)})
			}
			continue
		}
		for _, s := range served.Of(r) {
			level := analyzer.Note
			switch {
			case len(r.Inert) > 0 && failover.HasIntent(s):
				level = analyzer.Warning
			case len(r.Inert) == 0 && !failover.PromisesReleases(s):
				continue // nobody asked for it
			}
			p.Report(analyzer.Finding{Level: level, Service: s, Origin: auto.Origin, Message: fmt.Sprintf(message, s.Name, r.Title(), r.Deadline.Why)})
		}
	}
}
