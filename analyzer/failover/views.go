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
