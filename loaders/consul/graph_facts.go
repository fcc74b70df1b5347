package consul

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Diagnostics are what of the registrations contradicts itself.
func (m *Mesh) Diagnostics() []source.Diagnostic { return nil }

// collectFacts says what needs no simulation: references that lead nowhere, subsets that are empty, and failover for
// requests that nobody sends. It is told once for all datacenters that share the entries.
func (m *Mesh) collectFacts() {
	for _, f := range m.facts { // refused entries were found before there were services
		if a := m.areas[f.Resource.Cluster]; a != nil && routed(f.Resource.Kind) {
			f.Service = m.about(a.group, f.Resource.Name)
		}
	}
	for _, g := range m.groups {
		if g.mesh != m.in.Mesh.Name {
			continue
		}
		asked := m.askedSubsets(g)
		for _, e := range g.entries {
			if e.Router != nil {
				m.unreached(g, e)
			}
			m.gatewayFacts(g, e)
			if e.Resolver == nil {
				continue
			}
			if r := e.Resolver.Redirect; r != nil {
				m.reference(g, e, r.Reference, r.Origin, "Redirect", true)
			}
			for _, key := range sortedKeys(e.Resolver.Failover) {
				f := e.Resolver.Failover[key]
				for _, t := range f.list() {
					m.reference(g, e, t.Reference, t.Origin, "Failover", false)
				}
				if key != "*" && len(asked[e.Name]) > 0 && !asked[e.Name][key] {
					m.fact(g, e, mesh.FactRuleUnused, f.Origin, "The failover of %s for the subset %s never acts: no requests are resolved to that subset", e.Name, key)
				}
			}
			m.subsets(g, e)
		}
	}
	for _, dc := range sortedKeys(m.areas) {
		if a := m.areas[dc]; m.own(a) {
			m.strays(a)
		}
	}
}

// unreached tells of the first route of a router that stands behind one which takes every request: routes are tried in their order.
func (m *Mesh) unreached(g *federated, e *Entry) {
	for i, r := range e.Router.Routes[:max(len(e.Router.Routes)-1, 0)] {
		if r.Match.takesAll() {
			m.fact(g, e, mesh.FactRuleUnused, e.Router.Routes[i+1].Origin, "service-router %s: no request ever comes to this route, for one before it takes all", e.Name).
				Related = []mesh.Evidence{{What: "takes every request", Origin: r.Origin}}
			return
		}
	}
}

// takesAll reports whether a match leaves nothing for later routes.
func (x *Match) takesAll() bool {
	return x.PathExact == "" && (x.PathPrefix == "" || x.PathPrefix == "/") && x.PathRegex == "" && len(x.Headers)+len(x.Query)+len(x.Methods) == 0
}

func (m *Mesh) fact(g *federated, e *Entry, kind mesh.FactKind, at mesh.Origin, format string, args ...any) *mesh.Fact {
	f := &mesh.Fact{Kind: kind, Origin: at, Resource: resource(g, e), Message: fmt.Sprintf(format, args...), Service: m.about(g, e.Name)}
	m.facts = append(m.facts, f)
	return f
}

// about is the service that an entry's name means, in a datacenter where somebody calls it if there is one.
func (m *Mesh) about(g *federated, name string) mesh.ServiceID {
	first := mesh.ServiceID("")
	for _, dc := range g.members {
		s := m.serviceAt(m.areas[dc], name)
		if s == nil {
			continue
		}
		if m.called(s) {
			return s.ID
		}
		first = cmp.Or(first, s.ID)
	}
	return first
}

// called reports whether some caller has an upstream for a service.
func (m *Mesh) called(s *mesh.Service) bool {
	to := m.byService[s.ID]
	return len(to.by) > 0 || to.area.open
}

// told reports whether predictions tell what a resolver's reference leads to: somebody calls what it resolves.
func (m *Mesh) told(g *federated, e *Entry) bool {
	s := m.byService[m.about(g, e.Name)]
	return s != nil && m.called(s.Service)
}

// routed reports whether entries of a kind are about the requests for a service.
func routed(kind string) bool {
	return slices.Contains([]string{serviceResolver, serviceRouter, serviceSplitter, serviceDefaults, intentions}, kind)
}

// askedSubsets are the subsets of each service that some chain sends requests to first.
func (m *Mesh) askedSubsets(g *federated) map[string]map[string]bool {
	asked := map[string]map[string]bool{}
	for _, s := range m.services {
		e := m.byService[s.ID]
		if e.area.group != g || e.chain == nil {
			continue
		}
		for _, node := range e.chain.Resolvers {
			t := e.chain.Targets[node.Targets[0].ID]
			if asked[t.Service] == nil {
				asked[t.Service] = map[string]bool{}
			}
			asked[t.Service][t.Subset] = true
		}
	}
	return asked
}

// reference tells what a redirect or failover names that does not exist, as far as the config tells what exists.
func (m *Mesh) reference(g *federated, e *Entry, ref Reference, at mesh.Origin, what string, harm bool) {
	service := cmp.Or(ref.Service, e.Name)
	if m.told(g, e) {
		return
	}
	switch {
	case ref.Peer != "":
		peer := g.fleet.peers[ref.Peer]
		switch {
		case len(g.peers) == 0:
		case peer == nil:
			m.fact(g, e, mesh.FactDanglingHost, at, "%s of %s leads to the peer %s, and there is no such peer: it never has an endpoint.", what, e.Name, ref.Peer).Harm = harm
		case len(peer.Entries) > 0 && !peer.exports(service), g.peers[ref.Peer].known && !peer.exports(service):
			m.fact(g, e, mesh.FactDanglingHost, at, "%s of %s leads to %s at the peer %s, which does not export it to this mesh: it never has an endpoint.", what, e.Name, service, ref.Peer).Harm = harm
		}
	case ref.Datacenter != "" && !slices.Contains(g.members, ref.Datacenter):
		if len(g.members) > 1 {
			m.fact(g, e, mesh.FactDanglingHost, at, "%s of %s leads to the datacenter %s, which is none of this mesh: it never has an endpoint.", what, e.Name, ref.Datacenter).Harm = harm
		}
	case ref.Service != "" && m.complete(g) && !g.registered(m, service) && !g.links(service) && g.fleet.store.resolvers[service] == nil:
		m.fact(g, e, mesh.FactDanglingHost, at, "%s of %s leads to %s, which is registered in the mesh nowhere: it is skipped without a word.", what, e.Name, service).Harm = harm
	}
}

// complete reports whether registrations of every datacenter of a group are in the inputs.
func (m *Mesh) complete(g *federated) bool {
	return !slices.ContainsFunc(g.members, func(dc string) bool { return !m.areas[dc].known })
}

// subsets tells of those whose filter cannot run, or selects nothing anywhere.
func (m *Mesh) subsets(g *federated, e *Entry) {
	for _, name := range sortedKeys(e.Resolver.Subsets) {
		s := e.Resolver.Subsets[name]
		filter, err := ParseFilter(s.Filter)
		if s.Filter == "" || err != nil {
			continue
		}
		if err := filter.Check(); err != nil {
			m.fact(g, e, mesh.FactEmptySubset, s.FilterAt, "The filter of subset %s of %s is accepted and cannot run (%v): whoever asks for the subset gets no endpoint.", name, e.Name, err)
			continue
		}
		if filter.UsesUnknown() || !m.complete(g) || !g.registered(m, e.Name) || s.Filter == "" {
			continue
		}
		found := slices.ContainsFunc(g.members, func(dc string) bool {
			a := m.areas[dc]
			return slices.ContainsFunc(slices.Concat(a.catalogue.inMesh[e.Name], a.parked.inMesh[e.Name]), func(p *proxied) bool { return filter.matches(subjectOf(p, dc)) })
		})
		if !found {
			m.fact(g, e, mesh.FactEmptySubset, s.FilterAt, "No registered instance of %s is in the subset %s: its filter selects nothing.", e.Name, name)
		}
	}
}

// strays tells of upstreams in datacenters that do not exist, and of checks of services that are not registered.
func (m *Mesh) strays(a *area) {
	for _, r := range a.Content.Services {
		for _, u := range r.calls() {
			if u.Type == queryUpstream {
				m.strayQuery(a, r, u)
				continue
			}
			at := m.areas[u.Datacenter]
			if u.Peer == "" && u.Datacenter != "" && (at == nil || at.group != a.group) && len(a.group.members) > 1 {
				m.facts = append(m.facts, &mesh.Fact{Kind: mesh.FactDanglingHost, Origin: u.Origin, Harm: true,
					Resource: mesh.Resource{Kind: "service", Namespace: namespace, Name: r.Name, Cluster: a.name}, Service: m.id(a, r.Name),
					Message: fmt.Sprintf("%s calls %s in the datacenter %s, which is none of this mesh.", r.Name, u.Name, u.Datacenter)})
			}
		}
	}
	for _, c := range a.Content.Checks {
		if a.catalogue.byID[c.Service] == nil && a.known {
			m.facts = append(m.facts, &mesh.Fact{Kind: mesh.FactDanglingHost, Origin: c.Origin, Resource: mesh.Resource{Kind: "check", Namespace: namespace, Name: c.Name, Cluster: a.name},
				Message: fmt.Sprintf("The check %s is about the service ID %s, which is not registered in %s: it watches nothing.", cmp.Or(c.Name, c.Handler), c.Service, a.name)})
		}
	}
}

// strayQuery tells of an upstream that names a prepared query which its own datacenter does not have, while another one does. Where no
// file holds any query of the name, it may have been written by hand.
func (m *Mesh) strayQuery(a *area, r *Registration, u Upstream) {
	if a.query(u.Name) != nil {
		return
	}
	for _, dc := range a.group.members {
		if q := m.areas[dc].query(u.Name); q != nil {
			f := &mesh.Fact{Kind: mesh.FactDanglingHost, Origin: u.Origin, Harm: true, Service: m.id(a, r.Name),
				Resource: mesh.Resource{Kind: "service", Namespace: namespace, Name: r.Name, Cluster: a.name},
				Message:  fmt.Sprintf("%s calls the prepared query %s, which is written in %s and not in %s: a query lives in one datacenter, and the others answer 404.", r.Name, u.Name, dc, a.name)}
			if !slices.ContainsFunc(m.facts, func(k *mesh.Fact) bool { return k.Message == f.Message }) { // each instance says it
				m.facts = append(m.facts, f)
			}
			return
		}
	}
}

// Intent is what entries set out to do for a service when something fails, whether or not it takes effect.
func (m *Mesh) Intent(s *mesh.Service) []mesh.Evidence {
	e := m.byService[s.ID]
	if e == nil || e.chain == nil {
		return nil
	}
	var out []mesh.Evidence
	add := func(what string, at mesh.Origin, moves bool) {
		if one := (mesh.Evidence{What: what, Origin: at, Mechanism: moves}); !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	c, g := e.chain, e.area.group
	for _, id := range sortedKeys(c.Resolvers) {
		node := c.Resolvers[id]
		first := c.Targets[node.Targets[0].ID]
		for _, ref := range node.Targets[1:] {
			add(fmt.Sprintf("failover %s -> %s", first.ID, ref.ID), ref.Origins[0], true)
		}
		if len(node.Targets) == 1 && !node.FailoverAt.IsZero() {
			add("failover of "+first.ID, node.FailoverAt, true)
		}
		if r := g.fleet.store.resolvers[first.Service]; r != nil && e.query == nil && node.FailoverAt.IsZero() && first.Peer == "" {
			for _, key := range sortedKeys(r.Failover) {
				add(fmt.Sprintf("failover of the subset %s of %s", key, first.Service), r.Failover[key].Origin, true)
			}
		}
		if r := g.fleet.store.resolvers[e.name]; r != nil && r.Redirect != nil && (first.Peer != "" || first.Datacenter != e.area.name) {
			add("redirect to "+first.ID, r.Redirect.Origin, true)
		}
	}
	for _, r := range g.refused[e.name] {
		add("failover of "+r.Entry.Name+", which Consul refuses", r.at(), true)
	}
	for _, id := range sortedKeys(c.Splitters) {
		apart := map[string]bool{}
		for _, leg := range c.Splitters[id].Legs {
			if n := c.Resolvers[leg.Next]; n != nil {
				t := c.Targets[n.Targets[0].ID]
				apart[t.Datacenter+"@"+t.Peer] = true
			}
		}
		add("splitter of "+c.Splitters[id].Service, c.Splitters[id].Origin, len(apart) > 1)
	}
	for _, x := range g.fleet.store.exports {
		if (x.Service == e.name || x.Service == "*") && e.peer == "" {
			add("exported to peers", x.Origin, false)
		}
	}
	return out
}
