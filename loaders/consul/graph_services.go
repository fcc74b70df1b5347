package consul

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// id is that of a service's name in a datacenter.
func (m *Mesh) id(a *area, name string) mesh.ServiceID {
	return mesh.NewServiceID(a.group.mesh, a.name, namespace, name)
}

// declareServices makes a service of each name in each datacenter: what is registered in the mesh, what entries route, and
// what somebody calls.
func (m *Mesh) declareServices() {
	for _, dc := range sortedKeys(m.areas) {
		a := m.areas[dc]
		for _, name := range sortedKeys(a.catalogue.inMesh) {
			m.entity(a, name, "")
		}
		m.relay(a)
		if !m.own(a) {
			continue
		}
		for _, name := range a.group.fleet.store.chains() {
			if !a.group.registered(m, name) || !a.known {
				m.entity(a, name, "")
			}
		}
	}
	for _, dc := range sortedKeys(m.areas) {
		a := m.areas[dc]
		if !m.own(a) {
			continue
		}
		for _, r := range a.Content.Services {
			for _, u := range r.calls() {
				if u.Name == "" {
					continue
				}
				if u.Type == queryUpstream {
					if q := a.query(u.Name); q != nil {
						e := m.entity(a, queryHost(q.Name), "")
						e.query, e.Origin = q, q.Origin
						if q.Open != "" {
							e.Gap = &mesh.Gap{Cluster: a.name, What: "where the prepared query " + q.Name + " leads (" + q.Open + ")", Origin: q.Origin}
						}
					}
					continue // that there is none is told as a fact
				}
				at := a
				if u.Datacenter != "" && u.Peer == "" {
					if at = m.areas[u.Datacenter]; at == nil || at.group != a.group {
						continue // told as a fact
					}
				}
				m.entity(at, u.Name, u.Peer)
			}
		}
		for _, e := range a.group.entries {
			if !a.registers(e.Name) {
				continue
			}
			for _, u := range a.group.entering(e) {
				if u.Name != "*" && u.Name != "" {
					m.entity(a, u.Name, "")
				}
			}
		}
	}
	for id, s := range m.byService {
		if m.own(s.area) {
			m.services = append(m.services, m.byService[id].Service)
		}
	}
	slices.SortFunc(m.services, func(a, b *mesh.Service) int { return cmp.Compare(a.ID, b.ID) })
}

// calls are the upstreams of a registration's proxy.
func (r *Registration) calls() []Upstream {
	if r.Sidecar != nil {
		return r.Sidecar.Proxy.Calls
	}
	return r.Proxy.Calls
}

// registers reports whether anything is registered in a datacenter under a name.
func (a *area) registers(name string) bool {
	return len(a.byName[name]) > 0
}

// registered reports whether a name is registered in the mesh in any datacenter of the group.
func (g *federated) registered(m *Mesh, name string) bool {
	return slices.ContainsFunc(g.members, func(dc string) bool { return len(m.areas[dc].catalogue.inMesh[name]) > 0 })
}

// entity is the service of a name in a datacenter; at a peer, it is what callers of the datacenter know of the peer's.
func (m *Mesh) entity(a *area, name, peer string) *entity {
	host := name
	if peer != "" {
		host = name + "@" + peer
	}
	id := m.id(a, host)
	if known := m.byService[id]; known != nil {
		return known
	}
	e := &entity{area: a, name: name, peer: peer, Service: &mesh.Service{ID: id, Mesh: a.group.mesh, Namespace: namespace, Name: host, Hosts: []string{host}, Clusters: []string{a.name}}}
	m.byService[id] = e
	for _, p := range a.catalogue.inMesh[name] {
		if peer != "" {
			break
		}
		ep := a.instances[p.instance+"|"+p.at]
		if ep.Service == nil {
			ep.Service = e.Service
		}
		e.Endpoints = append(e.Endpoints, ep)
		if e.Origin.IsZero() {
			e.Origin = p.origin
		}
	}
	return e
}

// connect compiles what a service's own datacenter makes of its name: its protocol and port, and the endpoints of all its
// targets.
func (m *Mesh) connect(e *entity) {
	g := e.area.group
	port := 0
	for _, ep := range e.Endpoints {
		port = cmp.Or(port, ep.Port)
	}
	chain, err := g.chainOf(e)
	if err != nil {
		at := mesh.Origin{}
		if problem, ok := errors.AsType[*Problem](err); ok {
			at = problem.Origin
		}
		e.Gap = &mesh.Gap{Cluster: e.area.name, What: "its discovery chain does not compile (" + err.Error() + ")", Origin: at}
	}
	e.chain = chain
	if gap := g.gap(chain, e.name); gap != nil {
		e.Gap = gap
	}
	protocol := g.fleet.store.protocol(e.name)
	if chain != nil {
		protocol = cmp.Or(chain.Protocol, protocol)
		for _, t := range orderedTargets(chain) {
			for _, ep := range m.standingFor(e.area, t) {
				port = cmp.Or(port, ep.Port)
				if !slices.Contains(e.Endpoints, ep) {
					e.Endpoints = append(e.Endpoints, ep)
				}
			}
			m.openEnds(e, t)
		}
	}
	if e.Origin.IsZero() {
		e.Origin = g.entryOf(e.name)
	}
	e.Ports = []mesh.Port{{Number: port, Protocol: protocolOf(protocol), Origin: e.Origin}}
	e.label()
	e.guard(m)
}

// chainOf compiles the chain of a service; of one at a peer it is the peer's target alone.
func (g *federated) chainOf(e *entity) (*Chain, error) {
	if e.query != nil {
		return e.query.chain(e.area.name), nil
	}
	if e.peer == "" {
		return g.fleet.Chain(e.name, e.area.name)
	}
	t := &Target{ID: e.name + "@" + e.peer, Service: e.name, Peer: e.peer}
	node := resolverID(t.ID)
	return &Chain{Service: e.name, Datacenter: e.area.name, Protocol: g.fleet.store.protocol(e.name), Start: node, Splitters: map[string]*SplitterNode{}, Targets: map[string]*Target{t.ID: t},
		Resolvers: map[string]*ResolverNode{node: {Targets: []TargetRef{{ID: t.ID}}, ConnectTimeout: defaultConnectTimeout, Default: true, Origin: mesh.Default("Consul")}}}, nil
}

// orderedTargets are the targets of a chain that some resolver leads to, by resolver and in their order.
func orderedTargets(c *Chain) []*Target {
	var out []*Target
	for _, id := range sortedKeys(c.Resolvers) {
		for _, ref := range c.Resolvers[id].Targets {
			if t := c.Targets[ref.ID]; t != nil && !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

// standingFor are the instances that a target stands for, wherever they are.
func (m *Mesh) standingFor(from *area, t *Target) []*mesh.Endpoint {
	at, instances := m.areas[t.Datacenter], []*proxied(nil)
	if t.Peer != "" {
		if at = from.group.peers[t.Peer]; at != nil && from.group.fleet.peers[t.Peer].exports(t.Service) {
			instances = at.catalogue.inMesh[t.Service] // of a peer all: the filter is applied to its gateways
		}
	} else if at != nil && at.group == from.group {
		filter := everything
		if t.Definition.Filter != "" {
			parsed, err := ParseFilter(t.Definition.Filter)
			if err != nil || parsed.Check() != nil {
				return nil
			}
			filter = parsed.matches
		}
		for _, p := range at.catalogue.inMesh[t.Service] {
			if filter(subjectOf(p, t.Datacenter)) {
				instances = append(instances, p)
			}
		}
	}
	out := make([]*mesh.Endpoint, 0, len(instances))
	for _, p := range instances {
		out = append(out, at.instances[p.instance+"|"+p.at])
	}
	if t.Peer == "" && at != nil && at.group == from.group && t.Definition.Filter == "" {
		out = append(out, at.relays[t.Service]...)
	}
	return out
}

// openEnds leaves a service open where the inputs do not tell what a target comes down to.
func (m *Mesh) openEnds(e *entity, t *Target) {
	g, what, at := e.area.group, "", mesh.Origin{}
	there := m.areas[t.Datacenter]
	switch {
	case t.Peer != "" && g.peers[t.Peer] == nil:
		if len(g.peers) == 0 {
			what = fmt.Sprintf("the peer %s is not declared: its mesh lists no peers in the config", t.Peer)
		}
	case t.Peer != "":
		if at := g.peers[t.Peer]; !at.known {
			what = "nothing that is registered at the peer " + t.Peer + " is in the inputs"
		} else if at.group.links(t.Service) && len(at.catalogue.inMesh[t.Service]) == 0 {
			what = t.Service + " stands behind a terminating gateway of the peer " + t.Peer
		} else if _, doubt := g.handshake(at.group, "the peer "+t.Peer); doubt != "" {
			what = doubt
		}
	case there == nil || there.group != g:
		if len(g.members) == 1 {
			what = fmt.Sprintf("the datacenter %s is not declared, and no other is known to be joined", t.Datacenter)
		}
	case !there.known:
		what = "nothing that is registered in " + t.Datacenter + " is in the inputs"
	case t.External:
		what = t.Service + " is reached by an external SNI"
	case doubtOf(g.handshake(g, "")) != "":
		what = doubtOf(g.handshake(g, ""))
	case there.relayDoubt(t) != "":
		what = there.relayDoubt(t)
	case t.Definition.Filter != "" && g.fleet.Endpoints(t, e.area.name, Faults{}).Uncertain:
		what, at = "the filter of the subset "+t.Subset+" looks at what registrations do not tell", t.Definition.Origin
	}
	if what != "" && e.Gap == nil {
		if at.IsZero() {
			at = g.entryOf(e.name)
		}
		e.Gap = &mesh.Gap{Cluster: e.area.name, What: what, Origin: at}
	}
}

// exportOf is where a group names whom it offers a service to; zero if it offers it to nobody.
func (g *federated) exportOf(service string) mesh.Origin {
	for _, x := range g.fleet.store.exports {
		if x.Service != service && x.Service != "*" {
			continue
		}
		if len(x.Consumers) > 0 {
			return x.Consumers[0].Origin
		}
		return x.Origin
	}
	return mesh.Origin{}
}

// entryOf is the first entry that is about a service's routing.
func (g *federated) entryOf(name string) mesh.Origin {
	for _, kind := range []string{serviceResolver, serviceRouter, serviceSplitter, serviceDefaults} {
		if e := g.byName[[2]string{kind, name}]; e != nil {
			return e.Origin
		}
	}
	return mesh.Origin{}
}

// protocolOf is a protocol as the graph names it.
func protocolOf(name string) mesh.Protocol {
	switch strings.ToLower(name) {
	case "http":
		return mesh.HTTP
	case "http2":
		return mesh.HTTP2
	case "grpc":
		return mesh.GRPC
	}
	return mesh.TCP
}
