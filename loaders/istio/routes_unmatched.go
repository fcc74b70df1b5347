package istio

import (
	"fmt"
	"slices"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// unmatched reports a route for a service in the mesh of which no rule takes what the others leave: Envoy answers 404 then. A rule
// that takes everything for some callers or on some port is enough: others may well have a route of their own.
func (w *world) unmatched(s *routeSource) *mesh.Fact {
	if !s.boundTo(meshGateway) || len(s.http) == 0 || slices.ContainsFunc(s.http, (*httpRule).takesRest) {
		return nil
	}
	i := slices.IndexFunc(s.hosts(), func(h string) bool { return len(w.byHost[h]) > 0 })
	if i < 0 {
		return nil
	}
	last := s.http[len(s.http)-1].at
	at, resource := last.Child("match"), s.resource()
	if doc, ok := last.In.(*source.Document); ok && s.Gateway { // of several that are one
		at, resource = last.Child("matches"), resourceOf(doc)
	}
	return &mesh.Fact{
		Kind: mesh.FactUnmatched, Origin: at, Resource: resource,
		Message: fmt.Sprintf("%s %s/%s has no rule for requests to %s that none of its matches takes: they are answered 404 and never reach the service",
			resource.Kind, resource.Namespace, resource.Name, s.hosts()[i]),
	}
}

// takesRest reports whether a rule takes every path, whoever calls, on whatever port.
func (r *httpRule) takesRest() bool {
	return len(r.Match) == 0 || slices.ContainsFunc(r.Match, func(m *networking.HTTPMatchRequest) bool { return takesAll(matchOf(m, false)) })
}
