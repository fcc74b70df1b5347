package mesh

import (
	"cmp"
	"slices"
)

// Served tells which services the rollouts of a graph release.
type Served struct {
	graph *Graph
	by    map[*Workload][]*Service
}

// Served prepares the answers for all rollouts of the graph.
func (g *Graph) Served() *Served {
	s := &Served{graph: g, by: map[*Workload][]*Service{}}
	if len(g.rollouts) == 0 {
		return s
	}
	for _, service := range g.Services {
		for _, w := range service.Workloads() {
			if g.rollouts[w] != nil {
				s.by[w] = append(s.by[w], service)
			}
		}
	}
	return s
}

// Of are the services whose callers a rollout's releases reach, in the order of the graph: the one that it divides between versions,
// if it names it and the inputs have it, and those that its workload stands behind. The Services of the single versions, which a
// controller needs for itself, are left out where another one is left. None without a workload.
// Flagger: NAME is for callers, NAME-primary and NAME-canary are what it routes to.
func (s *Served) Of(r *Rollout) []*Service {
	if r.Workload == nil {
		return nil
	}
	list := s.by[r.Workload]
	apex := s.apex(r)
	if apex != nil && !slices.Contains(list, apex) {
		list = append(slices.Clone(list), apex)
		slices.SortFunc(list, func(a, b *Service) int { return cmp.Compare(a.ID, b.ID) })
	}
	callers := slices.DeleteFunc(slices.Clone(list), func(o *Service) bool {
		return o != apex && r.Calls(r.Preview, o) || apex != nil && o != apex && r.Calls(r.Stable, o)
	})
	if len(callers) == 0 {
		return list
	}
	return callers
}

// apex is the service that callers of a rollout's workload call, or nil.
func (s *Served) apex(r *Rollout) *Service {
	if i := slices.IndexFunc(s.graph.Services, func(o *Service) bool { return r.Calls(r.Apex, o) }); i >= 0 {
		return s.graph.Services[i]
	}
	return nil
}

// Calls reports whether a service is the Service that a rollout calls by a name: its Apex, Stable or Preview.
func (r *Rollout) Calls(name Value[string], s *Service) bool {
	return name.IsKnown() && s.Name == name.V && s.Namespace == r.Namespace && !s.Mirror && slices.Contains(s.Clusters, r.Cluster)
}
