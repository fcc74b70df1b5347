// Package norollbackhistory speaks for controllers that keep no earlier revision to go back to, or do
// not replace pods by themselves where that is the only way back.
package norollbackhistory

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Causes: []failover.CauseKind{failover.CauseNoRevision},
	Run:    run,
}

func run(p *analyzer.Pass) {
	for _, s := range p.Graph.Services {
		if !failover.HasIntent(s) {
			continue
		}
		for _, w := range s.Workloads() {
			history := w.Spec().Update.History
			kept, known := history.Get()
			if !known || kept > 0 || !undoable(w.Kind) {
				continue
			}
			p.Report(analyzer.Finding{Level: analyzer.Warning, Service: s, Origin: history.Origin,
				Message: fmt.Sprintf("If a new version of %s turns out to be bad, `kubectl rollout undo` finds nothing to go back to: %s %s in %s keeps no earlier revision.",
					s.Name, w.Kind, w.Name, w.Cluster)})
		}
	}
}

// undoable reports whether Kubernetes itself goes back to an earlier revision of a controller.
func undoable(kind string) bool {
	return kind == "Deployment" || kind == "StatefulSet" || kind == "DaemonSet"
}
