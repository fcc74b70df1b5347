// Package unusedsuppression speaks for suppressions that suppress nothing.
package unusedsuppression

import (
	"fmt"
	"strings"

	"github.com/passmuster/muster/analyzer"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Run: run,
}

func run(p *analyzer.Pass) {
	for _, s := range p.Suppressions {
		refused, unused := strings.Join(s.Refused, ", "), strings.Join(s.Unused, ", ")
		switch {
		case refused != "":
			p.Report(analyzer.Finding{Level: analyzer.Warning, Origin: s.Origin,
				Message: fmt.Sprintf("Nobody can suppress findings of %s: they count, whatever stands here.", refused)})
		case unused == "" || s.Expired: // another rule speaks of what has expired
		case s.Origin.Note != "":
			p.Report(analyzer.Finding{Level: analyzer.Note, Origin: s.Origin,
				Message: fmt.Sprintf("This %s suppresses nothing: %s.", s.By, s.Origin.Note)})
		default:
			p.Report(analyzer.Finding{Level: analyzer.Note, Origin: s.Origin, Message: fmt.Sprintf("There is no finding of %s for this suppression: remove it, before it hides one that nobody has seen.", unused)})
		}
	}
}
