// Package expiredsuppression speaks for suppressions whose last day is over.
package expiredsuppression

import (
	"fmt"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Run: run,
}

func run(p *analyzer.Pass) {
	for _, s := range p.Suppressions {
		if s.Expired {
			level, then := consequence(s)
			p.Report(analyzer.Finding{Level: level, Origin: s.Origin, Message: fmt.Sprintf("%s held until %s%s", subject(s), s.Until.Format(time.DateOnly), then)})
		}
	}
}

func subject(s *analyzer.Judged) string {
	if s.By == mesh.ByBaseline {
		return "This baseline"
	}
	return "This suppression of " + s.Names()
}

func consequence(s *analyzer.Judged) (analyzer.Level, string) {
	switch s.Matched {
	case 0:
		return analyzer.Note, ", and nothing is left that it would suppress: remove it."
	case 1:
		return analyzer.Warning, ": 1 finding counts again."
	}
	return analyzer.Warning, fmt.Sprintf(": %d findings count again.", s.Matched)
}
