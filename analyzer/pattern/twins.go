package pattern

import (
	"slices"

	"github.com/passmuster/muster/mesh"
)

// Apart reports whether each of some places, which wait for the callers of a service, answers callers of its own under the name of
// the service. Linkerd and Consul make a service of each cluster's, with callers of that cluster alone: what stands by for the
// one is at work for the other.
func (p *Patterns) Apart(g *mesh.Graph, s *mesh.Service, places []string) bool {
	at := map[string]bool{}
	for _, other := range g.Services {
		if other != s && other.Mesh == s.Mesh && other.Namespace == s.Namespace && other.Name == s.Name {
			for _, place := range p.Of(other).Serving {
				at[place] = true
			}
		}
	}
	return !slices.ContainsFunc(places, func(place string) bool { return !at[place] })
}
