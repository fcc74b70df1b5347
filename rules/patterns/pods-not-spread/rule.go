// Package podsnotspread speaks for pods that may all stand in one zone, where the objective is about the loss of a zone.
package podsnotspread

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	type key struct {
		service  *mesh.Service
		workload *mesh.Workload
	}
	cells := map[key][]*failover.Cell{}
	var order []key
	unspread := failover.Unspread(p.Graph)
	for _, b := range p.Broken {
		if !b.Unproven {
			continue
		}
		for _, w := range unspread(b.Cell.Service, b.Cause.Detail) {
			k := key{b.Cell.Service, w}
			if cells[k] == nil {
				order = append(order, k)
			}
			cells[k] = append(cells[k], b.Cell)
		}
	}
	for _, k := range order {
		w := k.workload
		at, why := lack(w)
		p.Report(analyzer.Finding{Level: analyzer.Warning, Service: k.service, Origin: at, Cells: analyzer.SpoilsSorted(cells[k]),
			Related: []mesh.Evidence{{What: "the objective", Origin: k.service.Objective.Origin}},
			Message: fmt.Sprintf("If a zone of %s is lost, all %d pods of %s in it may be lost together, and its objective is not proven in %s: %s.",
				w.Cluster, failover.LeastPods(w), k.service.Name, analyzer.Cells(len(cells[k])), why)})
	}
}

// lack is what is missing to force the pods of a workload apart, and where.
func lack(w *mesh.Workload) (mesh.Origin, string) {
	name := w.Kind + " " + w.Name
	for _, s := range w.Spread {
		if zone(s.TopologyKey) && s.Hard {
			return s.Origin, fmt.Sprintf("maxSkew %d of %s lets one zone hold them all", s.MaxSkew, name)
		}
	}
	for _, s := range w.Spread {
		if zone(s.TopologyKey) {
			return s.Origin, "the spread of " + name + " over zones is a preference, which the scheduler drops when nodes are short"
		}
	}
	return w.Origin, "no constraint spreads " + name + " over zones, and what Kubernetes does on its own is a preference"
}

func zone(key string) bool {
	return key == mesh.LabelZone || key == "failure-domain.beta.kubernetes.io/zone"
}
