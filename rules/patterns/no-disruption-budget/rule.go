// Package nodisruptionbudget speaks for copies of a service whose pods may all be evicted at one time.
package nodisruptionbudget

import (
	"fmt"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, s := range p.Graph.Services {
		if s.Objective == nil || p.Graph.Gap(s) != nil {
			continue
		}
		var copies []string
		var places []mesh.Evidence
		for _, w := range s.Workloads() {
			if n := replicas(w); n > 1 && w.Disruption == nil && evictable(w.Kind) {
				what := fmt.Sprintf("%d pods of %s %s in %s", n, w.Kind, w.Name, w.Cluster)
				copies = append(copies, what)
				places = append(places, mesh.Evidence{What: what, Origin: w.Origin})
			}
		}
		if len(copies) > 0 {
			p.Report(analyzer.Finding{Level: analyzer.Warning, Service: s, Origin: places[0].Origin, Related: places[1:],
				Message: fmt.Sprintf("If nodes are drained, for an upgrade or by an autoscaler, all pods of a copy of %s may be evicted at one time: no PodDisruptionBudget selects the %s.",
					s.Name, strings.Join(copies, ", nor the "))})
		}
	}
}

// replicas is how many pods a workload runs at least, or 0 if that is not known. A single pod cannot be kept by a budget
// that lets nodes be drained.
func replicas(w *mesh.Workload) int {
	if w.Autoscale != nil {
		return w.Autoscale.Min
	}
	return w.Replicas.Or(0)
}

// evictable reports whether a drain evicts the pods of a controller. Those of a DaemonSet stay.
func evictable(kind string) bool {
	switch kind {
	case "Deployment", "StatefulSet", "ReplicaSet", "Rollout":
		return true
	}
	return false
}
