// Package telemetryoff speaks for services of which nobody would see a failover: the mesh is told to report nothing of
// them.
package telemetryoff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, x := range failover.FindSilences(p.Graph) {
		f := analyzer.Finding{Level: analyzer.Note, Origin: x.At, Message: message(x)}
		if len(x.Services) == 1 {
			f.Service = x.Services[0]
		}
		if x.Metrics && slices.ContainsFunc(x.Services, func(s *mesh.Service) bool { return s.Objective != nil }) {
			f.Level = analyzer.Warning
		}
		p.Report(f)
	}
}

func message(x *failover.Silence) string {
	var names []string
	for _, s := range x.Services {
		names = append(names, s.Name)
	}
	if n := len(names); n > 4 {
		names = append(names[:3], fmt.Sprintf("%d more", n-3))
	}
	who := names[0]
	if last := len(names) - 1; last > 0 {
		who = "one of " + strings.Join(names[:last], ", ") + " and " + names[last]
	}
	if !x.Metrics {
		return fmt.Sprintf("After any failure nobody can tell which requests of %s failed, and where the others went: its proxies write no access log.", who)
	}
	return fmt.Sprintf("In any failure nobody sees in the mesh whether %s fails over, and a drill has nothing to be held against: neither its proxies nor those of its callers report metrics.", who)
}
