package mesh

import (
	"slices"
	"strings"
)

// FewCallers is implemented by compilers that know who can see a service at all without looking at each client.
type FewCallers interface {
	// Callers lists the ids of clients whose class for s may be another than "-", and reports whether it knows. All others
	// cannot see s.
	Callers(s *Service) (ids []string, known bool)
}

// FewCallers lists the clients that may see s, in the order of the graph, and reports whether the compiler of its mesh
// knows them: where it does not, any client may.
func (g *Graph) FewCallers(s *Service) (list []*Client, known bool) {
	compiler, ok := g.Compilers[s.Mesh].(FewCallers)
	if !ok {
		return nil, false
	}
	ids, known := compiler.Callers(s)
	if !known {
		return nil, false
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		at, _ := slices.BinarySearchFunc(g.Clients, id, func(c *Client, id string) int { return strings.Compare(c.ID, id) })
		for ; at < len(g.Clients) && g.Clients[at].ID == id; at++ {
			if g.Clients[at].Mesh == s.Mesh {
				list = append(list, g.Clients[at])
			}
		}
	}
	return list, true
}
