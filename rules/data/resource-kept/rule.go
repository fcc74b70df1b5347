// Package resourcekept speaks for resources that a change of the configuration does not reach.
package resourcekept

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
		if p.Stakes(e.Name) == analyzer.NoStakes {
			continue
		}
		for _, k := range e.Keeps {
			if why := words(k); why != "" {
				p.Report(analyzer.Finding{Level: level(k), Origin: k.Origin, Message: fmt.Sprintf("Going back to an earlier commit does not bring %s back: %s.", k.ID, why)})
			}
		}
	}
}

func words(k *mesh.Keep) string {
	switch k.Kind {
	case mesh.IgnoresAll:
		return "ignore_changes = all keeps every change of the configuration from it"
	case mesh.IgnoresSome:
		return fmt.Sprintf("changes of %s are ignored, and stay as somebody left them by hand", strings.Join(k.Attributes, ", "))
	case mesh.NeverRemoved:
		return "what was applied once stays when it leaves the configuration"
	}
	return ""
}

// level: attributes that people mean to move by hand are often ignored on purpose.
func level(k *mesh.Keep) analyzer.Level {
	if k.Kind == mesh.IgnoresSome {
		return analyzer.Note
	}
	return analyzer.Warning
}
