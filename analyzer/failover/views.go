package failover

import "github.com/passmuster/muster/mesh"

// Views are what the meshed clients of its mesh know of a service: each answer once, in the order of the graph's clients.
func Views(g *mesh.Graph, s *mesh.Service) []*mesh.View {
	var list []*mesh.View
	seen := map[string]bool{}
	for _, c := range g.Clients {
		if c.Kind == mesh.Unmeshed || c.Mesh != s.Mesh {
			continue
		}
		class := g.Class(s, c)
		if seen[class] {
			continue
		}
		seen[class] = true
		if v := g.ViewOf(s, c, class); v != nil {
			list = append(list, v)
		}
	}
	return list
}

// RuleAt is a rule of a route, and the service whose callers obey it.
type RuleAt struct {
	Service *mesh.Service
	*mesh.RouteRule
}

// RetryingRules are the rules by which requests to services with DR intent are tried again: of each line that asks for retries and each
// service one, in the order of the graph. Services that may be told more of elsewhere (a gap) are left out.
func RetryingRules(g *mesh.Graph) []RuleAt {
	var list []RuleAt
	for _, s := range g.Services {
		if !HasIntent(s) || g.Gap(s) != nil {
			continue
		}
		views := s.Compiled()
		if len(views) == 0 {
			views = Views(g, s) // nobody has asked yet
		}
		told := map[mesh.Origin]bool{}
		for _, v := range views {
			for _, route := range v.Routes {
				for _, r := range route.Rules {
					at := r.Retries.Origin
					if r.Retries.Attempts == 0 || r.Retries.Default || at.In == nil || told[at] {
						continue
					}
					told[at] = true
					list = append(list, RuleAt{s, r})
				}
			}
		}
	}
	return list
}

// Detector is what the mesh of a service calls the detection that looks at answers.
func Detector(of *mesh.Mesh) string {
	if of != nil {
		switch of.Kind {
		case mesh.Linkerd:
			return "circuit breaker"
		case mesh.Consul:
			return "passive health check of the caller"
		}
	}
	return "outlier detection"
}
