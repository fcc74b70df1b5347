package consul

import (
	"cmp"
	"net"
	"slices"
	"strconv"

	"github.com/passmuster/muster/mesh"
)

// catalogue is the registrations of one datacenter.
type catalogue struct {
	byID     map[string]*Registration
	inMesh   map[string][]*proxied // by the service that is served, sorted by identity
	gateways []*Registration       // mesh gateways, sorted by ID
	outward  []*Registration       // terminating gateways, sorted by ID
	beside   map[string][]Check    // checks that stand beside services, by the ID of the service
}

// proxied is an instance of a service in the mesh: what a filter and the health checks look at is
// its proxy, or the service itself if it is native (rule 4).
type proxied struct {
	kind, id, name, address string
	port                    int
	tags                    []string
	meta                    map[string]string
	native                  bool
	proxy                   Proxy
	checks                  int

	instance string // the identity: ID and address of the service as registered
	at       string
	noWarn   bool
	weight   int // 0 = 1
	origin   mesh.Origin
	own      []Check // of the proxy
	alias    string  // the service that the default checks of a sidecar copy
}

func newCatalogue(services []*Registration) *catalogue {
	c := &catalogue{byID: map[string]*Registration{}, inMesh: map[string][]*proxied{}, beside: map[string][]Check{}}
	for _, r := range services {
		c.byID[r.ID] = r
	}
	for _, r := range services {
		if c.byID[r.ID] != r {
			continue // registered again further on, which replaces it
		}
		if r.Kind == "mesh-gateway" {
			c.gateways = append(c.gateways, r)
		}
		if r.Kind == terminatingGateway {
			c.outward = append(c.outward, r)
		}
		c.join(r)
	}
	for _, list := range c.inMesh {
		slices.SortStableFunc(list, func(a, b *proxied) int { return cmp.Compare(a.instance, b.instance) })
	}
	for _, list := range [][]*Registration{c.gateways, c.outward} {
		slices.SortFunc(list, func(a, b *Registration) int { return cmp.Compare(a.ID, b.ID) })
	}
	return c
}

// join puts the instances that a registration gives the mesh under the services they serve.
func (c *catalogue) join(r *Registration) {
	if s := r.Sidecar; s != nil {
		p := &proxied{
			kind: "connect-proxy", id: s.ID, name: s.Name, address: s.Address, port: s.Port, tags: s.Tags, meta: s.Meta, proxy: s.Proxy,
			checks: len(s.Checks), instance: r.ID, at: r.address(), noWarn: s.NoWarnings, weight: s.Weight, origin: r.Origin, own: s.Checks,
		}
		if len(s.Checks) == 0 {
			p.alias, p.checks = r.ID, 2
		}
		c.inMesh[r.Name] = append(c.inMesh[r.Name], p)
	}
	p := &proxied{
		kind: r.Kind, id: r.ID, name: r.Name, address: r.Address, port: r.Port, tags: r.Tags, meta: r.Meta, native: r.Native, proxy: r.Proxy,
		checks: len(r.Checks), instance: r.ID, at: r.address(), noWarn: r.NoWarnings, weight: r.Weight, origin: r.Origin, own: r.Checks,
	}
	switch {
	case r.Kind == "connect-proxy" && r.Proxy.Service != "":
		if served := c.byID[r.Proxy.ServiceID]; served != nil {
			p.instance, p.at = served.ID, served.address()
		}
		c.inMesh[r.Proxy.Service] = append(c.inMesh[r.Proxy.Service], p)
	case r.Native:
		c.inMesh[r.Name] = append(c.inMesh[r.Name], p)
	}
}

func (r *Registration) address() string { return net.JoinHostPort(r.Address, strconv.Itoa(r.Port)) }
