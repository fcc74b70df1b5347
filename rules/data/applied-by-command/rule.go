// Package appliedbycommand speaks for mesh configuration that Terraform applies by running a program.
package appliedbycommand

import (
	"fmt"
	"regexp"

	"github.com/passmuster/muster/analyzer"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

// applies are programs that change a cluster, a mesh or a record.
var applies = regexp.MustCompile(`\b(kubectl\s+([^|;&\n]*\s)?(apply|create|replace|patch|set|scale|label|annotate)\b|istioctl\s+install|linkerd\s+(install|upgrade|multicluster)|helm\s+(install|upgrade)|consul\s+config\s+write|aws\s+route53\s+change)`)

func run(p *analyzer.Pass) {
	for _, e := range p.Graph.Environments {
		if p.Stakes(e.Name) == analyzer.NoStakes {
			continue
		}
		for _, c := range e.Commands {
			text, known := c.Text.Get()
			if !known {
				continue
			}
			if what := applies.FindString(text); what != "" {
				p.Report(analyzer.Finding{Level: analyzer.Warning, Origin: c.Origin,
					Message: fmt.Sprintf("No plan shows what %s changes, and no earlier commit takes it back: it runs %q.", c.ID, what)})
			}
		}
	}
}
