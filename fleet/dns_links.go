package fleet

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// links finds what the members of records lead to.
type links struct {
	fleet  *Fleet
	graph  *mesh.Graph
	byHost map[string]*mesh.Record
	byID   map[string]*mesh.Record
	// balancers are the IDs of those that records lead to, or that the inputs show.
	balancers map[string]bool
}

func newLinks(f *Fleet, g *mesh.Graph) *links {
	x := &links{fleet: f, graph: g, byHost: map[string]*mesh.Record{}, byID: map[string]*mesh.Record{}, balancers: map[string]bool{}}
	for _, b := range g.Balancers {
		x.balancers[b.ID] = true
	}
	for _, r := range g.Records {
		x.byID[r.ID] = r
		if r.Host != "" && x.byHost[r.Host] == nil {
			x.byHost[r.Host] = r
		}
		for _, m := range r.Members {
			if m.Leads != nil {
				x.balancers[m.Leads.ID] = true
			}
		}
	}
	return x
}

// targets are the members of a record as targets of a pool, and all endpoints that stand behind them.
func (x *links) targets(r *mesh.Record, above []*mesh.Record) (out []mesh.Target, behind []*mesh.Endpoint) {
	above = append(above[:len(above):len(above)], r)
	members := inUse(r)
	for i, m := range members {
		t := mesh.Target{Name: m.Name, Rank: m.Rank, Weight: uint32(max(0, m.Weight.Or(1))), Origin: m.Origin}
		if c, ok := m.Check.Get(); ok {
			t.Detection.Check = decisive(c)
			t.OutWith, t.Alternates = x.outWith(r, members, i)
		}
		var all []*mesh.Endpoint
		t.Endpoints, all = x.endpoints(r, m, above)
		behind = append(behind, all...)
		out = append(out, t)
	}
	return out, behind
}

// endpoints are what a member answers with, and the pods behind, as far as the inputs show them.
func (x *links) endpoints(r *mesh.Record, m *mesh.Member, above []*mesh.Record) (list, behind []*mesh.Endpoint) {
	if next := x.next(r, m, above); next != nil {
		targets, pods := x.targets(next, above)
		for _, t := range targets {
			list = append(list, t.Endpoints...)
		}
		return list, pods
	}
	region := regionOf(m)
	e := &mesh.Endpoint{Name: r.Host + " " + m.Name, Address: r.Host + "#" + m.Name, Locality: mesh.Locality{Region: region.Or("")}, Origin: m.Origin}
	b := m.Leads
	if b == nil || b.Cluster == "" {
		return []*mesh.Endpoint{e}, []*mesh.Endpoint{e}
	}
	e.Cluster = b.Cluster
	pods, workloads := x.podsOf(b)
	if len(pods) == 0 {
		return []*mesh.Endpoint{e}, []*mesh.Endpoint{e}
	}
	e.Gateway = &mesh.Gateway{ID: b.ID, Cluster: b.Cluster, Name: b.Name, Role: mesh.Ingress, Locality: e.Locality, Workloads: workloads, Origin: b.Origin}
	e.Behind = pods
	return []*mesh.Endpoint{e}, pods
}

// maxRecords bounds how many records lead to one another.
const maxRecords = 8

// podsOf are the pods behind a load balancer, as callers from outside see them: no mesh guards the way in.
func (x *links) podsOf(b *mesh.Balancer) (pods []*mesh.Endpoint, workloads []*mesh.Workload) {
	inv := x.fleet.inventories[b.Cluster]
	if inv == nil || b.Service == "" || inv.Services[kubernetes.Key{Namespace: b.Namespace, Name: b.Service}] == nil {
		return nil, nil
	}
	for _, s := range x.graph.Services {
		if s.Namespace != b.Namespace || s.Name != b.Service || s.Mesh == dnsMesh {
			continue
		}
		for _, e := range s.Endpoints {
			if e.Cluster != b.Cluster || e.Gateway != nil || e.Workload == nil || slices.ContainsFunc(pods, func(p *mesh.Endpoint) bool { return p.Name == e.Name }) {
				continue
			}
			pod := *e
			pod.Inbound, pod.Security, pod.Network, pod.Service = nil, "", "", nil
			pods = append(pods, &pod)
			if !slices.Contains(workloads, e.Workload) {
				workloads = append(workloads, e.Workload)
			}
		}
	}
	return pods, workloads
}

// hostOf is a name as records have it: in small letters, without the last dot or a port.
func hostOf(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if host, _, ok := strings.Cut(name, ":"); ok {
		name = host
	}
	return strings.TrimSuffix(name, ".")
}

func sameHost(a, b string) bool { return a != "" && hostOf(a) == hostOf(b) }

type answer uint8

const (
	unknown answer = iota
	no
	yes
)

// asks reports whether a check asks what a member leads to, as far as references and names tell.
func (x *links) asks(c *mesh.RecordCheck, m *mesh.Member) answer {
	name, named := c.Watches.Get()
	target, led := m.Target.Get()
	if named && led && sameHost(name, target) {
		return yes
	}
	if m.Leads == nil {
		return unknown // two names may lead to one place
	}
	found := map[string]bool{}
	for _, id := range c.Asks {
		x.reached(id, found, 0)
	}
	if r := x.byHost[hostOf(name)]; named && r != nil {
		x.reached(r.ID, found, 0)
	}
	switch {
	case found[m.Leads.ID]:
		return yes
	case len(found) > 0:
		return no
	}
	return unknown
}

// reached adds the load balancers that a resource is, or that a record leads to.
func (x *links) reached(id string, found map[string]bool, depth int) {
	if x.balancers[id] {
		found[id] = true
	}
	r := x.byID[id]
	if r == nil || depth > maxRecords {
		return
	}
	for _, m := range r.Members {
		if m.Leads != nil {
			found[m.Leads.ID] = true
		}
		if m.Next != nil {
			x.reached(m.Next.ID, found, depth+1)
		}
	}
}
