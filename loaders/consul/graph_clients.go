package consul

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// LabelService is the label by which a client of a Consul mesh is known: its service's name.
const LabelService = "consul.hashicorp.com/service"

// caller is a service of a datacenter as it calls others.
type caller struct {
	area        *area
	name        string
	upstreams   []Upstream
	proxy       Proxy // of its first instance
	defaults    *ServiceDefaults
	transparent bool
	all         bool // an ingress gateway for every service
}

// addClients makes a client of each service of a datacenter and place.
func (m *Mesh) addClients(a *area) {
	for _, name := range sortedKeys(a.catalogue.inMesh) {
		c := a.callerOf(name)
		for _, p := range a.catalogue.inMesh[name] {
			if p.native {
				continue // it calls as its program pleases
			}
			m.addClient(a, c, a.instances[p.instance+"|"+p.at], mesh.Sidecar)
		}
	}
	for _, e := range a.group.entries {
		calls := a.group.entering(e)
		if len(calls) == 0 {
			continue
		}
		for _, r := range a.Content.Services {
			if r.Name != e.Name || r.Kind != e.Kind {
				continue
			}
			c := a.callers[e.Name]
			if c == nil {
				c = &caller{area: a, name: e.Name, proxy: r.Proxy, defaults: a.group.fleet.store.defaults[e.Name], all: slices.Contains(e.Behind, "*")}
				c.upstreams = calls
				a.callers[e.Name] = c
			}
			w := m.workload(a, r.Name, r)
			w.Gateway = true
			m.addClient(a, c, &mesh.Endpoint{Locality: a.place(r), Workload: w}, mesh.GatewayPod)
		}
	}
}

// entering are the calls that a gateway's entry makes the gateway do for callers from outside of the mesh.
func (g *federated) entering(e *Entry) []Upstream {
	if e.Kind == apiGateway {
		return g.bound[e.Name]
	}
	var out []Upstream
	for _, name := range e.Behind {
		out = append(out, Upstream{Name: name, Origin: e.Origin})
	}
	return out
}

// callerOf is how the instances of a name call: their upstreams together, and what is written for them.
func (a *area) callerOf(name string) *caller {
	c := &caller{area: a, name: name, defaults: a.group.fleet.store.defaults[name]}
	a.callers[name] = c
	mode := ""
	if p := a.group.fleet.store.proxy; p != nil {
		mode = p.Mode
	}
	if c.defaults != nil && c.defaults.Mode != "" {
		mode = c.defaults.Mode
	}
	for i, p := range a.catalogue.inMesh[name] {
		if i == 0 {
			c.proxy = p.proxy
		}
		if p.proxy.Mode == "transparent" || p.proxy.Mode == "" && mode == "transparent" {
			c.transparent = true
		}
		for _, u := range p.proxy.Calls {
			if !slices.ContainsFunc(c.upstreams, func(k Upstream) bool {
				return k.Name == u.Name && k.Datacenter == u.Datacenter && k.Peer == u.Peer && k.Type == u.Type
			}) {
				c.upstreams = append(c.upstreams, u)
			}
		}
	}
	return c
}

func (m *Mesh) addClient(a *area, c *caller, ep *mesh.Endpoint, kind mesh.ClientKind) {
	id := a.name + "/" + string(kind) + ":" + namespace + "@" + ep.Locality.String() + "|" + a.Cluster.Network + "|" + LabelService + "=" + c.name
	if known := m.clientAt[id]; known != nil {
		join(known, ep)
		return
	}
	client := &mesh.Client{ID: id, Mesh: m.in.Mesh.Name, Cluster: a.name, Namespace: namespace, Labels: map[string]string{LabelService: c.name},
		Locality: ep.Locality, Network: a.Cluster.Network, Kind: kind, Principals: []string{a.identity(c.name)}}
	join(client, ep)
	m.clients = append(m.clients, client)
	m.clientAt[id] = client
	k := callerKey{a.name, c.name}
	m.clientsOf[k] = append(m.clientsOf[k], id)
}

func join(c *mesh.Client, ep *mesh.Endpoint) {
	c.Members++
	if !slices.Contains(c.Workloads, ep.Workload) {
		c.Workloads = append(c.Workloads, ep.Workload)
	}
}

// caller is the service behind a client; nil if it is none of ours.
func (m *Mesh) caller(c *mesh.Client) *caller {
	a := m.areas[c.Cluster]
	if a == nil {
		return nil
	}
	return a.callers[c.Labels[LabelService]]
}

// calls finds what a caller says of calls to a service, and whether it makes any.
func (c *caller) calls(to *entity) (Upstream, bool) {
	for _, u := range c.upstreams {
		if to.query != nil || u.Type == queryUpstream {
			if to.query != nil && u.Type == queryUpstream && u.Name == to.query.Name && to.area == c.area {
				return u, true
			}
			continue
		}
		if u.Name != to.name || u.Peer != to.peer {
			continue
		}
		if u.Peer != "" && to.area == c.area || u.Peer == "" && (u.Datacenter == to.area.name || u.Datacenter == "" && to.area == c.area) {
			return u, true
		}
	}
	if to.query == nil && (c.transparent || c.all) && to.area == c.area && to.peer == "" && to.name != c.name {
		return Upstream{Name: to.name}, true
	}
	return Upstream{}, false
}

// settings are what holds for a caller's calls to an upstream: its registration before the override before the defaults of
// its service-defaults, block by block.
func (c *caller) settings(u Upstream) Settings {
	out := u.Settings
	if u.Type == queryUpstream { // service-defaults do not count, nor do gateways: the query answers with addresses
		out.MeshGateway = "none"
		return out
	}
	take := func(s *Settings) {
		if s == nil {
			return
		}
		if out.Passive == nil {
			out.Passive = s.Passive
		}
		if out.ConnectTimeout == 0 {
			out.ConnectTimeout, out.ConnectAt = s.ConnectTimeout, s.ConnectAt
		}
		if out.MeshGateway == "" {
			out.MeshGateway, out.GatewayAt = s.MeshGateway, s.GatewayAt
		}
		if out.MaxConnections == 0 {
			out.MaxConnections = s.MaxConnections
		}
	}
	if d := c.defaults; d != nil && d.Upstreams != nil {
		for i := range d.Upstreams.Overrides {
			if o := &d.Upstreams.Overrides[i]; o.Name == u.Name && o.Peer == u.Peer {
				take(&o.Settings)
			}
		}
		take(d.Upstreams.Defaults)
	}
	if out.MeshGateway == "" {
		out.MeshGateway, out.GatewayAt = c.proxy.MeshGateway, c.proxy.GatewayAt
	}
	if d := c.defaults; d != nil && out.MeshGateway == "" {
		out.MeshGateway, out.GatewayAt = d.MeshGateway, d.GatewayAt
	}
	return out
}

// plain reports whether a caller's settings say nothing of their own.
func (s Settings) plain() bool {
	return s.Passive == nil && s.ConnectTimeout == 0 && s.MeshGateway == "" && s.MaxConnections == 0
}

// Class is the class of a client for a service: "-" if it has no upstream for it. Callers without settings of their own are
// one class.
func (m *Mesh) Class(s *mesh.Service, c *mesh.Client) string {
	to := m.byService[s.ID]
	if to == nil || !to.area.open && !to.by[callerKey{c.Cluster, c.Labels[LabelService]}] {
		return "-"
	}
	by := m.caller(c)
	if by == nil {
		return "-"
	}
	u, ok := by.calls(to)
	if !ok {
		return "-"
	}
	if by.settings(u).plain() {
		return c.Cluster
	}
	return strings.Join([]string{c.Cluster, by.name}, "#")
}

// noteCallers notes at each service who has an upstream for it, so that whoever has none is told soon.
func (m *Mesh) noteCallers() {
	for _, dc := range sortedKeys(m.areas) {
		a := m.areas[dc]
		if !m.own(a) {
			continue
		}
		for name, c := range a.callers {
			a.open = a.open || c.transparent || c.all
			for _, u := range c.upstreams {
				at, host := a, u.Name
				switch {
				case u.Type == queryUpstream:
					host = queryHost(u.Name)
				case u.Peer != "":
					host += "@" + u.Peer
				case u.Datacenter != "":
					at = m.areas[u.Datacenter]
				}
				if at == nil {
					continue
				}
				if to := m.byService[m.id(at, host)]; to != nil {
					if to.by == nil {
						to.by = map[callerKey]bool{}
					}
					to.by[callerKey{a.name, name}] = true
				}
			}
		}
	}
}

// Callers lists the clients that have an upstream for a service; unknown where transparent proxies may call it, too.
func (m *Mesh) Callers(s *mesh.Service) (ids []string, known bool) {
	to := m.byService[s.ID]
	if to == nil || to.area.open {
		return nil, to == nil
	}
	for k := range to.by {
		ids = append(ids, m.clientsOf[k]...)
	}
	return ids, true
}

// LabelsMatter reports that callers differ by the services that they are.
func (m *Mesh) LabelsMatter(*mesh.Service, *mesh.Client) bool { return true }

// Dependencies are the calls that registrations show: to each upstream.
func (m *Mesh) Dependencies() []*mesh.Dependency {
	var out []*mesh.Dependency
	for _, dc := range sortedKeys(m.areas) {
		a := m.areas[dc]
		if !m.own(a) {
			continue
		}
		for _, name := range sortedKeys(a.callers) {
			c := a.callers[name]
			for _, u := range c.upstreams {
				at := a
				if u.Datacenter != "" && u.Peer == "" && u.Type != queryUpstream {
					at = m.areas[u.Datacenter]
				}
				if at == nil {
					continue
				}
				host := u.Name
				if u.Type == queryUpstream {
					host = queryHost(u.Name)
				} else if u.Peer != "" {
					host += "@" + u.Peer
				}
				if to := m.byService[m.id(at, host)]; to != nil {
					out = append(out, &mesh.Dependency{Caller: a.workloads[name], From: m.id(a, name), To: to.ID, Strong: true,
						Evidence: mesh.Evidence{What: "upstream of " + name, Origin: u.Origin}})
				}
			}
		}
	}
	return out
}
