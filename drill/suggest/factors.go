package suggest

import (
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// criticality is what the owners say of a service by its label.
func criticality(s *mesh.Service) float64 {
	switch s.Labels["criticality"] {
	case "tier-1", "tier1", "critical", "1":
		return 2
	case "tier-2", "tier2", "high", "2":
		return 1.5
	}
	return 1
}

// promise is who says that the failure is to be survived.
func promise(cells []*failover.Cell) float64 {
	s := cells[0].Service
	if slices.ContainsFunc(cells, func(c *failover.Cell) bool { return analyzer.Promised(s, c.Scenario, c.Fault) }) {
		return 4
	}
	if _, ok := s.Intent.Mechanism(); ok && s.Objective == nil {
		return 2
	}
	return 1
}

// countDependents counts, for each service, the others that cannot do without it, directly or through others.
func countDependents(g *mesh.Graph) map[mesh.ServiceID]int {
	callers := map[mesh.ServiceID][]mesh.ServiceID{}
	for _, d := range g.Dependencies {
		if d.Strong && d.From != "" && d.To != "" && d.From != d.To && !slices.Contains(callers[d.To], d.From) {
			callers[d.To] = append(callers[d.To], d.From)
		}
	}
	counts := map[mesh.ServiceID]int{}
	for id := range callers {
		seen := map[mesh.ServiceID]bool{id: true}
		queue := []mesh.ServiceID{id}
		for len(queue) > 0 {
			next := queue[0]
			queue = queue[1:]
			for _, caller := range callers[next] {
				if !seen[caller] {
					seen[caller] = true
					queue = append(queue, caller)
				}
			}
		}
		counts[id] = len(seen) - 1
	}
	return counts
}
