package consul

import (
	"cmp"
	"time"

	"github.com/passmuster/muster/mesh"
)

// view compiles what one class of callers knows of a service.
type view struct {
	m        *Mesh
	to       *entity
	by       *caller
	settings Settings
	out      *mesh.View
	leaves   map[string]poolName // by the resolver's node
}

// queryPoll is how often the agent asks a prepared query again for a proxy (sheet, section 4).
const queryPoll = 30 * time.Second

// poolName is a pool as routes name it.
type poolName struct {
	host, subset string
	service      *mesh.Service // whose requests it takes; nil if the inputs do not hold it
}

// View compiles what clients of c's class know about a service: a pool for each resolver of its chain, and the routes that
// lead there.
func (m *Mesh) View(s *mesh.Service, c *mesh.Client) *mesh.View {
	to, by := m.byService[s.ID], m.caller(c)
	if to == nil || by == nil {
		return nil
	}
	u, ok := by.calls(to)
	if !ok {
		return nil
	}
	x := &view{m: m, to: to, by: by, settings: by.settings(u), out: &mesh.View{Service: s}, leaves: map[string]poolName{}}
	if to.chain == nil {
		return x.out
	}
	x.pools()
	x.routes()
	x.defaultSubset()
	return x.out
}

// Resolve answers with the view of every service that a client calls.
func (m *Mesh) Resolve(c *mesh.Client) *mesh.Resolution {
	out := &mesh.Resolution{Client: c}
	for _, s := range m.services {
		if m.Class(s, c) == "-" {
			continue
		}
		if v := m.View(s, c); v != nil {
			out.Pools = append(out.Pools, v.Pools...)
			out.Routes = append(out.Routes, v.Routes...)
		}
	}
	return out
}

// port is the only port of the service.
func (x *view) port() mesh.Port { return x.to.Ports[0] }

// pools makes a pool of each resolver of the chain. The first is what the plain name stands for.
func (x *view) pools() {
	c := x.to.chain
	plain := x.plainNode()
	add := func(id string, l poolName) {
		x.leaves[id] = l
		x.out.Pools = append(x.out.Pools, x.pool(c.Resolvers[id], l))
	}
	if plain != "" {
		add(plain, poolName{host: x.to.Name, service: x.to.Service})
	}
	for _, id := range sortedKeys(c.Resolvers) {
		l := x.leafOf(c.Targets[c.Resolvers[id].Targets[0].ID])
		if id == plain && (len(c.Routes)+len(c.Splitters) == 0 || l == x.leaves[id]) {
			continue
		}
		add(id, l)
	}
}

// plainNode is the resolver that requests without a match end at first.
func (x *view) plainNode() string {
	c := x.to.chain
	next := c.Start
	if len(c.Routes) > 0 {
		next = c.Routes[len(c.Routes)-1].Next
	}
	if s := c.Splitters[next]; s != nil && len(s.Legs) > 0 {
		own := resolverID(x.to.name + "." + x.to.area.name)
		next = s.Legs[0].Next
		if c.Resolvers[own] != nil {
			next = own
		}
	}
	if c.Resolvers[next] == nil {
		return ""
	}
	return next
}

// leafOf names the pool of a target: by its subset if it is the service's own, else by the other service, with its
// datacenter or peer unless it is the own one.
func (x *view) leafOf(t *Target) poolName {
	l := poolName{host: t.Service, subset: t.Subset}
	switch at := x.m.areas[t.Datacenter]; {
	case t.Peer != "":
		l.host += "@" + t.Peer
		if e := x.m.byService[x.m.id(x.to.area, l.host)]; e != nil {
			l.service = e.Service
		} else if at := x.to.area.group.peers[t.Peer]; at != nil {
			l.service = x.m.serviceAt(at, t.Service)
		}
	case t.Datacenter == x.to.area.name && t.Service == x.to.name:
		l.service = x.to.Service
	case t.Datacenter == x.to.area.name:
		l.service = x.m.serviceAt(at, t.Service)
	default:
		l.host += "." + t.Datacenter
		l.service = x.m.serviceAt(at, t.Service)
	}
	return l
}

func (m *Mesh) serviceAt(a *area, name string) *mesh.Service {
	if a == nil {
		return nil
	}
	if e := m.byService[m.id(a, name)]; e != nil {
		return e.Service
	}
	return nil
}

// pool is a resolver's targets in their order, as the callers' proxies hold them (sheet, section 4).
func (x *view) pool(node *ResolverNode, l poolName) *mesh.Pool {
	c := x.to.chain
	p := &mesh.Pool{Service: x.to.Service, Host: l.host, Port: x.port().Number, Subset: l.subset, Protocol: x.port().Protocol, Discovery: mesh.EDS,
		LB: "LEAST_REQUEST", Tiering: mesh.OrderedTargets{Overprovisioning: 1.4}, SendsUnhealthy: true, MaxConnections: x.settings.MaxConnections,
		TLS:            mesh.ClientTLS{Mode: mesh.AutoTLS, Origin: mesh.Default("Consul")},
		ConnectTimeout: mesh.Of(node.ConnectTimeout, node.ConnectAt)}
	if x.to.query != nil {
		p.Tiering, p.SendsUnhealthy = mesh.OrderedTargets{}, false // it answers with the first datacenter that has a healthy instance
		p.Polled = mesh.Of(queryPoll, mesh.Default("Consul (poll of prepared queries)"))
	}
	if x.settings.ConnectTimeout > 0 {
		p.ConnectTimeout = mesh.Of(x.settings.ConnectTimeout, x.settings.ConnectAt)
	}
	if lb := node.LoadBalancer; lb != nil && lb.Policy != "" {
		p.LB = lb.Policy
	}
	first := c.Targets[node.Targets[0].ID]
	if node.Origin.In != nil {
		p.Rule, p.RuleOrigin = namespace+"/"+first.Service, node.Origin
	}
	if first.Subset != "" {
		p.Selects = &mesh.Subset{Name: first.Subset, Labels: map[string]string{labelSubset + first.Subset: "yes"}, Origin: first.Definition.Origin}
		if l.subset == "" {
			p.Selects = nil // the plain name, by a default subset
		}
	}
	outlier := x.outlier()
	for i, ref := range node.Targets {
		t := c.Targets[ref.ID]
		at := node.Origin
		if len(ref.Origins) > 0 {
			at = ref.Origins[0]
		}
		target := mesh.Target{Name: t.ID, Weight: 1, Detection: mesh.Detection{Outlier: outlier}, Origin: at}
		target.Endpoints = x.endpoints(p, t, at, i)
		p.Targets = append(p.Targets, target)
	}
	x.losses(p, node)
	return p
}

// outlier is what the caller's passive health check comes to: only what is set is sent, and the rest is Envoy's. Without
// one Envoy still gets an empty block, which ejects a tenth of the endpoints at most.
func (x *view) outlier() *mesh.OutlierDetection {
	envoy := mesh.Default("Envoy (outlier detection)")
	o := &mesh.OutlierDetection{Consecutive5xx: mesh.Of(5, envoy), Interval: mesh.Of(10*time.Second, envoy),
		BaseEjection: mesh.Of(30*time.Second, envoy), MaxEjectionPercent: mesh.Of(10, envoy), Origin: envoy}
	p := x.settings.Passive
	if p == nil {
		return o
	}
	o.Origin = p.Origin
	if p.MaxFailures > 0 {
		o.Consecutive5xx = mesh.Of(p.MaxFailures, p.MaxFailuresAt)
	}
	if p.Enforcing != nil && *p.Enforcing == 0 {
		o.Consecutive5xx = mesh.Of(0, p.EnforcingFound)
	}
	if p.Interval > 0 {
		o.Interval = mesh.Of(p.Interval, p.IntervalAt)
	}
	if p.BaseEjection > 0 {
		o.BaseEjection = mesh.Of(p.BaseEjection, p.BaseAt)
	}
	if p.MaxEjection != nil {
		o.MaxEjectionPercent = mesh.Of(*p.MaxEjection, p.EjectionAt)
	} else {
		o.MaxEjectionPercent.Origin = mesh.Origin{In: p.Origin.In, Path: p.Origin.Path, Note: envoy.Note}
	}
	return o
}

// mode is the gateway mode that acts for a target: the caller's if it has one, else the target's (sheet, section 3, step 5).
func (x *view) mode(t *Target) (string, mesh.Origin) {
	if x.settings.MeshGateway != "" {
		return x.settings.MeshGateway, x.settings.GatewayAt
	}
	return cmp.Or(t.MeshGateway, "none"), t.GatewayAt
}
