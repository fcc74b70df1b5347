// Package releasenowayback speaks for Helm releases that Terraform cannot take back.
package releasenowayback

import (
	"fmt"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, e := range p.Graph.Environments {
		level := analyzer.Warning
		if p.Stakes(e.Name) == analyzer.NoStakes {
			level = analyzer.Note
		}
		for _, r := range e.Releases {
			if at, why := lacks(r); why != "" {
				if at.In == nil {
					at = r.Origin
				}
				p.Report(analyzer.Finding{Level: level, Origin: at, Message: fmt.Sprintf("A bad release of %s (chart %s) is not taken back: %s.", r.Name, r.Chart, why)})
			}
		}
	}
}

// lacks is the first thing that a way back needs and a release does not have.
func lacks(r *mesh.Release) (mesh.Origin, string) {
	atomic, known := r.Atomic.Get()
	kept, limited := r.History.Get()
	switch {
	case r.Fixed: // no version chooses it
	case r.Version.State == mesh.Absent:
		return r.Version.Origin, "no version is written, so each apply takes the newest, and none names the one before"
	case strings.ContainsAny(r.Version.V, "<>~^*xX|, "):
		return r.Version.Origin, "its version is a range, so each apply takes the newest of it, and none names the one before"
	}
	switch {
	case known && !atomic:
		return r.Atomic.Origin, "atomic is not set, so a failed upgrade stays half done"
	case limited && kept == 1:
		return r.History.Origin, "max_history 1 keeps no earlier release to go back to"
	}
	return mesh.Origin{}, ""
}
