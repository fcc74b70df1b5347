// Package noreadinessprobe speaks for pods that Kubernetes keeps among the endpoints although they do not work.
package noreadinessprobe

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Causes: []failover.CauseKind{failover.CauseUnwatched}, Run: run}

func run(p *analyzer.Pass) {
	for _, s := range p.Graph.Services {
		if s.Objective == nil || p.Graph.Gap(s) != nil {
			continue
		}
		for _, w := range s.Workloads() {
			if len(w.Spec().Containers) > 0 { // pods that Kubernetes runs, and whose template is in the inputs
				judge(p, s, w)
			}
		}
	}
}

func judge(p *analyzer.Pass, s *mesh.Service, w *mesh.Workload) {
	hangs := promisesHang(s.Objective) && !noticesHang(w.Liveness)
	starts := w.Spec().Startup == nil
	report := func(l analyzer.Level, at mesh.Origin, when, why string) {
		p.Report(analyzer.Finding{Level: l, Service: s, Origin: at,
			Message: fmt.Sprintf("If a pod of %s %s, it stays among the endpoints and gets requests until %s, if there is any, ejects it: %s %s in %s %s.",
				s.Name, when, detection(p.Graph.Mesh(s.Mesh)), w.Kind, w.Name, w.Cluster, why)})
	}
	probe := w.Readiness
	const none = "has no readiness probe"
	switch {
	case probe != nil && probe.Handler == "tcp" && hangs:
		report(analyzer.Note, probe.Origin, "hangs", "asks for readiness by tcp, and the kernel accepts connections for a program that hangs")
	case probe != nil:
	case hangs && starts:
		report(analyzer.Warning, w.Spec().Containers[0].Origin, "hangs, or has started and cannot work yet", none)
	case hangs:
		report(analyzer.Warning, w.Spec().Containers[0].Origin, "hangs", none)
	case starts:
		report(analyzer.Warning, w.Spec().Containers[0].Origin, "has started and cannot work yet", none)
	}
}

// promisesHang reports whether an objective is about hangs too.
func promisesHang(o *mesh.Objective) bool {
	return len(o.Faults) == 0 || slices.Contains(o.Faults, "hang")
}

// noticesHang reports whether a liveness probe may restart a program that hangs: while it is down, it is not ready. What
// a command looks at is not known.
func noticesHang(p *mesh.Probe) bool { return p != nil && p.Handler != "tcp" }

// detection is what may take a pod out that is ready and does not work.
func detection(of *mesh.Mesh) string {
	by := failover.Detector(of)
	if of == nil || of.Kind == mesh.Istio {
		return by
	}
	return "a " + by
}
