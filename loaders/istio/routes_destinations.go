package istio

import (
	"fmt"
	"slices"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/mesh"
)

// destination is one place that a source sends to.
type destination struct {
	*networking.Destination
	at    mesh.Origin
	share bool // requests are sent there: no mirror, and not of weight 0 beside others
	bytes bool // connections are sent there, and no requests
}

func (s *routeSource) eachDestination(do func(destination)) {
	seen := map[mesh.Origin]bool{} // an HTTPRoute's rule stands once for each of its matches
	bytes := false
	add := func(d *networking.Destination, at mesh.Origin, share bool) {
		if d != nil && !seen[at] {
			seen[at] = true
			do(destination{d, at, share, bytes})
		}
	}
	for _, r := range s.http {
		for i, to := range r.Route {
			add(to.Destination, r.backendAt(i), len(r.Route) == 1 || to.Weight > 0)
		}
		for _, b := range r.idle {
			add(b.to, b.at, false)
		}
		add(r.Mirror, r.mirrorAt(-1), false)
		for i, m := range r.Mirrors {
			add(m.Destination, r.mirrorAt(i), false)
		}
	}
	bytes = true
	for _, r := range slices.Concat(s.tcp, s.tls) {
		for i, to := range r.to {
			add(to.Destination, r.backendAt(i), len(r.to) == 1 || to.Weight > 0)
		}
	}
}

// dangling reports a destination whose host nobody declares, or whose subset no rule defines.
func (w *world) dangling(s *routeSource, d destination, subsets byHost[map[string]bool]) *mesh.Fact {
	host, what := "host", "subset"
	if s.Gateway {
		host = "name"
	}
	effect := "requests that are routed there are answered 503"
	switch {
	case !d.share:
		effect = "nothing is sent there now"
	case s.Gateway && d.bytes:
		effect = "connections that are routed there are closed"
	case s.Gateway:
		effect = "requests that are routed there are answered 500"
	}
	fact := &mesh.Fact{Resource: s.resource(), Harm: d.share}
	switch {
	case s.Gateway && d.Host == noWeight.host:
		return nil // nobody is meant to get anything
	case s.Gateway && w.refusedBackends[d.at] != "":
		fact.Kind, fact.Origin = mesh.FactDanglingHost, d.at.Child("namespace")
		fact.Message = fmt.Sprintf("%s sends to %s: %s", s.label(), w.refusedBackends[d.at], effect)
	case len(w.byHost[d.Host]) == 0:
		fact.Kind, fact.Origin = mesh.FactDanglingHost, d.at.Child(host)
		fact.Message = fmt.Sprintf("%s sends to %s, which is no host of any Service or ServiceEntry: %s", s.label(), nameOr(d.Host, "an unsupported kind of backend"), effect)
	case s.Gateway && !w.hasPort(d.Host, int(d.GetPort().GetNumber())):
		fact.Kind, fact.Origin = mesh.FactDanglingHost, d.at.Child("port")
		fact.Message = fmt.Sprintf("%s sends to port %d of %s, which has no such port: %s", s.label(), d.GetPort().GetNumber(), d.Host, effect)
	case d.Subset == "" || w.defines(subsets, d.Host, d.Subset):
		return nil
	default:
		fact.Kind, fact.Origin = mesh.FactDanglingSubset, d.at.Child(what)
		fact.Message = fmt.Sprintf("%s sends to subset %s of %s, which no DestinationRule defines: %s", s.label(), d.Subset, d.Host, effect)
	}
	return fact
}

// hasPort reports whether any service of a host has a port.
func (w *world) hasPort(host string, number int) bool {
	return slices.ContainsFunc(w.byHost[host], func(s *service) bool {
		return slices.ContainsFunc(s.ports, func(p port) bool { return p.number == number })
	})
}

func nameOr(name, other string) string {
	if name == "" {
		return other
	}
	return name
}
