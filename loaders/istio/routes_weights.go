package istio

import (
	"fmt"

	"github.com/passmuster/muster/mesh"
)

// refusedWeights reports weights that Istio's own validation refuses: a negative one, and several
// destinations whose weights add up to nothing. Weights that do not add up to 100 are taken as shares
// of their sum, and no mistake. What the Gateway API routes is validated otherwise.
// Istio: validateHTTPRouteDestinations, validateRouteDestinations, validateWeight.
func (s *routeSource) refusedWeights() []*mesh.Fact {
	if s.Gateway {
		return nil
	}
	var out []*mesh.Fact
	refuse := func(at mesh.Origin, what string) {
		out = append(out, &mesh.Fact{
			Kind: mesh.FactInvalid, Origin: at, Resource: s.resource(),
			Message: fmt.Sprintf("Istio refuses %s: %s", s.label(), what),
		})
	}
	check := func(route mesh.Origin, n int, weight func(i int) int32) {
		sum := int32(0)
		for i := range n {
			w := weight(i)
			if w < 0 {
				refuse(child(route, i, "weight"), fmt.Sprintf("weight %d is negative", w))
				return
			}
			sum |= w // not their sum, which could overflow: 0 if all are 0
		}
		if n > 1 && sum == 0 {
			refuse(route, "all destinations of a rule have weight 0")
		}
	}
	for _, r := range s.http {
		check(r.at.Child("route"), len(r.Route), func(i int) int32 { return r.Route[i].Weight })
	}
	for _, r := range s.tcp {
		check(r.at.Child("route"), len(r.to), func(i int) int32 { return r.to[i].Weight })
	}
	for _, r := range s.tls {
		check(r.at.Child("route"), len(r.to), func(i int) int32 { return r.to[i].Weight })
	}
	return out
}
