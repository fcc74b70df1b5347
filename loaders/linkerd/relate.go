package linkerd

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// relate completes each service with what its routes, splits and profiles lead to: a scenario that reaches a backend reaches the
// service which callers address, and what is not known of the one is not known of the other.
func (w *world) relate() {
	w.attach()
	for _, key := range w.order {
		s := w.services[key]
		w.addBackends(s)
		if k := w.inv.Services[key]; k != nil && !s.isMirror() && len(k.Selector) == 0 && len(w.Slices[key]) == 0 && (len(s.backends) == 0 || s.named) {
			s.gap("the EndpointSlice of Service "+key.Namespace+"/"+key.Name+", which has no selector,", s.At(""))
		}
		var list []*mesh.Endpoint
		seen := map[*mesh.Endpoint]bool{}
		one := func(e *mesh.Endpoint) {
			if !seen[e] {
				seen[e] = true
				list = append(list, e)
			}
		}
		add := func(of *service) {
			for _, p := range of.ports {
				list = slices.Grow(list, len(p.endpoints))
				for _, e := range p.endpoints {
					one(e)
					for _, behind := range e.Behind {
						one(behind)
					}
				}
			}
		}
		add(s)
		if len(list) == 0 { // a name alone, of which the backends are the endpoints
			for _, b := range s.backends {
				add(b)
			}
		}
		slices.SortStableFunc(list, func(a, b *mesh.Endpoint) int {
			return cmp.Or(cmp.Compare(a.Cluster, b.Cluster), a.Locality.Compare(b.Locality), cmp.Compare(a.Address, b.Address))
		})
		s.public.Endpoints = list
	}
}

// addBackends finds the services that requests to a service may be sent to instead.
func (w *world) addBackends(s *service) {
	add := func(to *service) {
		s.named = s.named || to == s
		if to != nil && to != s && !slices.Contains(s.backends, to) {
			s.backends = append(s.backends, to)
		}
	}
	for _, a := range w.attached[s.Key] {
		for i := range a.Rules {
			for j := range a.Rules[i].Backends {
				b := &a.Rules[i].Backends[j]
				if b.Kind == "Service" {
					add(w.services[kubernetes.Key{Namespace: cmp.Or(b.Namespace, s.Namespace), Name: b.Name}])
				}
			}
		}
	}
	for _, split := range s.splitsOf() {
		for _, b := range split.Backends {
			to := w.services[kubernetes.Key{Namespace: split.Namespace, Name: b.Service}]
			if add(to); to != nil && s.public.Gap == nil {
				s.public.Gap = to.public.Gap // a fallback takes over, whatever its weight today
			}
		}
		if w.installed.adaptor == undecided {
			s.gap("the installation of linkerd-smi in cluster "+w.at.Name+", without which a TrafficSplit does nothing,", split.At(""))
		} else if _, controlled := split.Labels[labelFailover]; controlled && w.installed.operator == undecided {
			s.gap("the installation of linkerd-failover in cluster "+w.at.Name+", without which the weights of a TrafficSplit stay,", split.At(""))
		}
	}
	for _, p := range w.profiles[w.host(s.Key)] {
		for _, o := range p.Overrides {
			add(w.serviceOf(o.Authority))
		}
	}
}

// observe notes what is worth saying without any simulation.
func (w *world) observe() {
	for _, f := range w.InboundFacts() {
		fact := *f
		fact.Resource.Cluster = w.at.Name
		w.facts = append(w.facts, &fact)
	}
	for _, key := range w.order {
		s := w.services[key]
		if _, derived := w.derived[key]; derived {
			continue // told of the Service that it mirrors
		}
		_, breaker := s.Breaker()
		_, http := s.HTTPRetries()
		_, grpc := s.GRPCRetries()
		_, timeouts := s.Timeouts()
		for _, g := range []struct {
			what string
			*Dropped
		}{{"breaker", breaker}, {"retries of HTTP", http}, {"retries of gRPC", grpc}, {"timeouts", timeouts}} {
			if g.Dropped != nil {
				w.facts = append(w.facts, &mesh.Fact{Kind: mesh.FactInvalid, Origin: g.Origin, Service: s.public.ID, Resource: s.resource(),
					Message: fmt.Sprintf("Linkerd drops the %s of Service %s as a whole, because %s cannot be read: %s. Nothing but a line in a log tells of it.", g.what, key.Namespace+"/"+key.Name, g.Key, g.Why)})
			}
		}
		w.observeBackends(s)
		w.observeUnmatched(s)
		w.observeTries(s)
	}
}

// observeBackends tells of backends that do not exist.
func (w *world) observeBackends(s *service) {
	for _, a := range w.attached[s.Key] {
		for i := range a.Rules {
			for j := range a.Rules[i].Backends {
				b := &a.Rules[i].Backends[j]
				if b.Kind != "Service" || b.Group != "" && b.Group != "core" {
					continue
				}
				key := kubernetes.Key{Namespace: cmp.Or(b.Namespace, s.Namespace), Name: b.Name}
				to := w.services[key]
				switch {
				case to == nil:
					w.tell(mesh.FactDanglingHost, a.Route, b.Origin, s.public.ID, fmt.Sprintf("%s %s sends requests to Service %s/%s, which does not exist in cluster %s: they are answered with 500.",
						a.Kind, a.Key(), key.Namespace, key.Name, w.at.Name))
				case to.port(b.Port) == nil:
					w.tell(mesh.FactDanglingHost, a.Route, b.Origin, s.public.ID, fmt.Sprintf("%s %s sends requests to port %d of Service %s/%s in cluster %s, which has no such port: they are answered with 500.",
						a.Kind, a.Key(), b.Port, key.Namespace, key.Name, w.at.Name))
				}
			}
		}
	}
	for _, split := range s.splitsOf() {
		_, controlled := split.Labels[labelFailover]
		switch {
		case w.installed.adaptor == absent:
			w.split(split, s, "linkerd-smi does not run in cluster "+w.at.Name+", and a TrafficSplit does nothing without it: requests go to the endpoints of "+s.Name)
		case controlled && w.installed.operator == absent:
			w.split(split, s, "linkerd-failover does not run in cluster "+w.at.Name+": the weights stay as they are written, whatever fails")
		}
	}
}

func (w *world) split(split *TrafficSplit, s *service, why string) {
	r := split.Doc.Resource()
	r.Cluster = w.at.Name
	w.facts = append(w.facts, &mesh.Fact{Kind: mesh.FactUnsupported, Origin: split.At(""), Service: s.public.ID, Resource: r,
		Message: fmt.Sprintf("TrafficSplit %s/%s: %s.", split.Namespace, split.Name, why)})
}

// leadsAway reports whether a Service stands for one of another cluster.
func (w *world) leadsAway(name, namespace string) bool {
	s := w.services[kubernetes.Key{Namespace: namespace, Name: name}]
	return s != nil && s.isMirror()
}
