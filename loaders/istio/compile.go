package istio

import (
	"cmp"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/passmuster/muster/mesh"
)

// unite makes the public services and gateways of the fleet out of what its worlds know.
func (f *Fleet) unite() {
	f.nameGateways()
	f.guard()
	f.hosts = map[hostKey]*mesh.Service{}
	for _, w := range f.worlds {
		for _, s := range w.services {
			if s.resolution == externalName {
				continue
			}
			key := hostKey{s.host, s.namespace}
			public := f.hosts[key]
			if public == nil {
				public = &mesh.Service{
					ID:        mesh.NewServiceID(f.mesh.Name, f.mesh.Name, s.namespace, s.host),
					Mesh:      f.mesh.Name,
					Namespace: s.namespace,
					Name:      s.shortName(w),
					Hosts:     []string{s.host},
					External:  s.external,
					Labels:    s.labels,
					Origin:    s.origin,
				}
				f.hosts[key] = public
				f.services = append(f.services, public)
			}
			s.describe(public, w)
		}
	}
	for _, w := range f.worlds {
		w.nameAliases(f.hosts)
		for key, shard := range w.shards {
			if public := f.hosts[key]; public != nil {
				public.Endpoints = appendNew(public.Endpoints, shard.endpoints)
			}
		}
	}
	slices.SortFunc(f.services, func(a, b *mesh.Service) int { return cmp.Compare(a.ID, b.ID) })
	f.parallel(len(f.services), func(i int) { f.finish(f.services[i]) })
}

// finish sorts and completes one service.
func (f *Fleet) finish(s *mesh.Service) {
	if len(s.Endpoints) > 0 {
		s.Gap = nil // elsewhere somebody answers for it
	}
	slices.Sort(s.Clusters)
	s.Clusters = slices.Compact(s.Clusters)
	slices.SortStableFunc(s.Ports, func(a, b mesh.Port) int { return a.Number - b.Number })
	slices.SortStableFunc(s.Endpoints, func(a, b *mesh.Endpoint) int {
		return cmp.Or(cmp.Compare(a.Cluster, b.Cluster), a.Locality.Compare(b.Locality), cmp.Compare(a.Address, b.Address))
	})
}

func (f *Fleet) parallel(n int, do func(i int)) {
	const batch = 64
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n/batch+1) {
		wg.Go(func() {
			for {
				from := int(next.Add(batch)) - batch
				if from >= n {
					return
				}
				for i := from; i < min(from+batch, n); i++ {
					do(i)
				}
			}
		})
	}
	wg.Wait()
}

// shortName is what people call a service: without namespace and domain.
func (s *service) shortName(w *world) string {
	if s.kubernetes {
		return s.name
	}
	return strings.TrimSuffix(s.host, "."+s.namespace+".svc."+w.domain)
}

// describe adds what one definition says to the public service.
func (s *service) describe(public *mesh.Service, w *world) {
	has := numbers(public.Ports, len(s.ports))
	for _, p := range s.ports {
		if !has(p.number) {
			public.Ports = append(public.Ports, mesh.Port{Number: p.number, Name: p.name, Protocol: p.protocol.public(), Origin: p.origin})
		}
	}
	if s.entry != nil {
		public.Clusters = append(public.Clusters, w.cluster)
		return
	}
	for _, d := range s.definitions {
		if len(d.Selector) == 0 && len(d.cluster.inv.Slices[d.Key]) == 0 && public.Gap == nil {
			public.Gap = &mesh.Gap{What: fmt.Sprintf("the EndpointSlice of Service %s/%s, which has no selector,", d.Namespace, d.Name), Origin: s.origin}
		}
		public.Clusters = append(public.Clusters, d.cluster.Name)
		public.DependsOn = appendDependencies(public.DependsOn, d.DependsOn)
	}
}

// numbers tells of each port number whether it was asked for before, or is one of ports. Nearly
// all services have so few that looking at all of them is the fastest; nothing bounds the others.
func numbers(ports []mesh.Port, more int) func(number int) bool {
	const few = 16
	var list []int
	if len(ports)+more <= few {
		list = make([]int, 0, few)
		for _, p := range ports {
			list = append(list, p.Number)
		}
		return func(number int) bool {
			known := slices.Contains(list, number)
			list = append(list, number)
			return known
		}
	}
	seen := make(map[int]bool, len(ports)+more)
	for _, p := range ports {
		seen[p.Number] = true
	}
	return func(number int) bool {
		known := seen[number]
		seen[number] = true
		return known
	}
}

func appendDependencies(known, more []mesh.Value[string]) []mesh.Value[string] {
	for _, m := range more {
		if !slices.ContainsFunc(known, func(k mesh.Value[string]) bool { return k.V == m.V }) {
			known = append(known, m)
		}
	}
	return known
}

// appendNew adds the endpoints that are not there yet. Worlds share those of pods.
func appendNew(known []*mesh.Endpoint, more []*endpoint) []*mesh.Endpoint {
	if len(known) == 0 {
		for _, e := range more {
			known = append(known, e.Endpoint)
		}
		return known
	}
	seen := make(map[*mesh.Endpoint]bool, len(known))
	for _, e := range known {
		seen[e] = true
	}
	for _, e := range more {
		if !seen[e.Endpoint] {
			known = append(known, e.Endpoint)
		}
	}
	return known
}

// nameAliases gives services the names that ExternalName Services have for them.
func (w *world) nameAliases(hosts map[hostKey]*mesh.Service) {
	for _, s := range w.services {
		if s.resolution != externalName {
			continue
		}
		for _, target := range w.byHost[s.target] {
			if public := hosts[hostKey{target.host, target.namespace}]; public != nil && !slices.Contains(public.Hosts, s.host) {
				public.Hosts = append(public.Hosts, s.host)
			}
		}
	}
}

// public is the service of the graph that a definition is part of; nil for an ExternalName.
func (f *Fleet) public(s *service) *mesh.Service { return f.hosts[hostKey{s.host, s.namespace}] }

// nameGateways makes one public gateway of all addresses that belong to one Service, or to nobody.
func (f *Fleet) nameGateways() {
	byID := map[string]*mesh.Gateway{}
	for _, w := range f.worlds {
		for _, g := range w.gateways.all {
			id := g.cluster + "/" + g.network + "/" + g.address
			if g.service != nil {
				id = g.cluster + "/" + g.service.Namespace + "/" + g.service.Name
			}
			public := byID[id]
			if public == nil {
				public = &mesh.Gateway{ID: id, Cluster: g.cluster, Name: g.address, Role: mesh.EastWest, Network: g.network, Origin: g.origin}
				if g.service != nil {
					public.Namespace, public.Name = g.service.Namespace, g.service.Name
					public.Workloads, public.Locality = w.serving(g)
				}
				byID[id] = public
			}
			if !slices.Contains(public.Addresses, g.address) {
				public.Addresses = append(public.Addresses, g.address)
			}
			g.public = public
		}
	}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		slices.Sort(byID[id].Addresses)
		f.gateways = append(f.gateways, byID[id])
	}
}

// serving are the workloads behind a gateway's Service, and the place that they share.
func (w *world) serving(g *networkGateway) (workloads []*mesh.Workload, at mesh.Locality) {
	v := w.byCluster[g.cluster]
	if v == nil {
		return nil, at
	}
	for i, p := range v.inv.SelectPods(g.service.Namespace, g.service.Selector) {
		if p.Workload != nil && !slices.Contains(workloads, p.Workload) {
			workloads = append(workloads, p.Workload)
		}
		l := p.Locality.Or(mesh.Locality{})
		switch {
		case i == 0:
			at = l
		case at.Region != l.Region:
			at = mesh.Locality{}
		case at.Zone != l.Zone:
			at.Zone, at.Subzone = "", ""
		case at.Subzone != l.Subzone:
			at.Subzone = ""
		}
	}
	return workloads, at
}

// guard says of every endpoint what its server side accepts. A server obeys the configuration of
// its own cluster, whoever calls.
func (f *Fleet) guard() {
	type at struct {
		world     *world
		namespace string
		workload  *mesh.Workload // nil: all of the namespace
	}
	type accepted struct {
		*mesh.Inbound
		labels map[string]string
	}
	known := map[at]accepted{}
	selects := map[at]bool{}
	for _, w := range f.worlds {
		for _, s := range w.shards {
			var last *endpoint // the one before, which mostly is a pod of the same workload
			for _, e := range s.endpoints {
				if e.Inbound != nil || e.namespace == "" && e.Workload == nil {
					continue
				}
				if last != nil && e.Workload == last.Workload && e.namespace == last.namespace && e.Cluster == last.Cluster && maps.Equal(e.Labels, last.Labels) {
					e.Inbound = last.Inbound
					continue
				}
				last = e
				own := f.worldOf(e.Cluster)
				if own == nil {
					own = w
				}
				key, labels := at{world: own, namespace: e.namespace}, e.Labels
				selecting, asked := selects[key]
				if !asked {
					selecting = own.inbound.selects(e.namespace, own.rootNamespace)
					selects[key] = selecting
				}
				switch {
				case !selecting:
					labels = nil // no policy looks at them
				case e.pod == nil:
					e.Inbound = f.inboundFor(own, e.namespace, labels)
					continue
				default:
					key.workload = e.Workload
				}
				// The pods of a workload mostly have the same labels.
				in, ok := known[key]
				if !ok || !maps.Equal(in.labels, labels) {
					in = accepted{f.inboundFor(own, e.namespace, labels), labels}
					known[key] = in
				}
				e.Inbound = in.Inbound
			}
		}
	}
}

// selects reports whether any policy that may concern a namespace looks at workloads' labels.
func (x *inboundIndex) selects(namespace, root string) bool {
	for _, ns := range []string{namespace, root} {
		for _, p := range x.peers[ns] {
			if len(p.Spec.GetSelector().GetMatchLabels()) > 0 {
				return true
			}
		}
		for _, p := range x.policies[ns] {
			if len(p.Spec.GetSelector().GetMatchLabels()) > 0 || len(p.Spec.GetTargetRefs()) > 0 || p.Spec.GetTargetRef() != nil {
				return true
			}
		}
	}
	return false
}
