package failover

import (
	"slices"

	"github.com/passmuster/muster/mesh"
)

// Exists reports whether the fleet has what a part of a scenario names. What names nothing touches
// nothing, and looks as if everything survived it.
func Exists(g *mesh.Graph, p Part) bool {
	switch p.Target {
	case Service:
		return slices.ContainsFunc(g.Services, func(s *mesh.Service) bool { return matchesService(s, p.Value) })
	case Workload:
		return slices.ContainsFunc(g.Workloads, func(w *mesh.Workload) bool { return w.ID == p.Value })
	case Gateway:
		return slices.ContainsFunc(g.Gateways, func(gw *mesh.Gateway) bool { return gw.ID == p.Value })
	case Endpoint:
		return slices.ContainsFunc(g.Services, func(s *mesh.Service) bool {
			return slices.ContainsFunc(s.Endpoints, func(e *mesh.Endpoint) bool { return e.Address == p.Value || e.Name == p.Value })
		})
	case Datacenter:
		return g.Cluster(p.Value) != nil
	case Release:
		return HasRelease(g, p.Value)
	}
	return slices.ContainsFunc(Scenarios(g), func(s Scenario) bool { return s.Parts[0] == p })
}
