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
		t := mesh.Target{Name: m.Name, Weight: uint32(max(0, m.Weight.Or(1))), Origin: m.Origin, Watches: x.watches(r, members, i)}
		if c := decides(m); c != nil {
			check := c.HealthCheck
			if c.Follows && m.Leads != nil {
				if own, known := m.Leads.Checks.Get(); known {
					check.Handler, check.Interval, check.Timeout, check.Failure = own.Handler, own.Interval, own.Timeout, own.Failure
				}
			}
			t.Detection.Check = &check
		}
		var all []*mesh.Endpoint
		t.Endpoints, all = x.endpoints(r, m, above)
		behind = append(behind, all...)
		out = append(out, t)
	}
	return out, behind
}

// decides is the check that takes a member out, or nil: one that nobody switches by hand, else that of an alias on its target.
func decides(m *mesh.Member) *mesh.RecordCheck {
	if c, ok := m.Check.Get(); ok && !c.Manual && !c.Disabled.Or(false) {
		return c
	}
	if follows(m) {
		return &mesh.RecordCheck{Follows: true, HealthCheck: mesh.HealthCheck{By: "the alias", Origin: m.Blind.Origin}}
	}
	return nil
}

// endpoints are what a member answers with, and the pods behind, as far as the inputs show them.
func (x *links) endpoints(r *mesh.Record, m *mesh.Member, above []*mesh.Record) (list, behind []*mesh.Endpoint) {
	next := m.Next
	if target, ok := m.Target.Get(); next == nil && m.Leads == nil && ok {
		next = x.byHost[hostOf(target)]
	}
	if next != nil && !slices.Contains(above, next) && len(above) < maxRecords {
		targets, pods := x.targets(next, above)
		for _, t := range targets {
			list = append(list, t.Endpoints...)
		}
		return list, pods
	}
	region := RegionOf(m)
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
