package istio

import (
	"slices"
	"sync"
)

// routeIndex is what one configuration cluster says about routing, in the form that translation
// needs, found by host. It is not changed once built.
type routeIndex struct {
	sources []*routeSource // oldest first
	// exact and wild find the sources that name a host; wild are those with a wildcard among their
	// hosts.
	exact map[string][]*routeSource
	wild  []*routeSource

	// Both are made on first use, by *listener: the place of each source that it imports, and the
	// services that it imports.
	orders, imports sync.Map
}

// buildSources reads the routing objects of the configuration: short names are resolved,
// delegates merged in, and HTTPRoutes with a Service as parent are among the result, which is in
// the order of age.
func (w *world) buildSources() []*routeSource {
	x := &routeIndex{exact: map[string][]*routeSource{}}
	delegates := map[string]*routeSource{}
	for _, v := range w.config.VirtualServices {
		s := w.newSource(v)
		if len(s.hosts()) == 0 {
			delegates[v.Key()] = s
			continue
		}
		x.sources = append(x.sources, s)
	}
	for _, s := range x.sources {
		if s.hasDelegate() {
			w.mergeDelegates(s, delegates)
		}
	}
	x.sources = append(x.sources, w.newMeshRoutes(w.config.MeshRoutes)...)
	slices.SortStableFunc(x.sources, olderSource)
	for _, s := range x.sources {
		s.questions = s.ask()
		x.add(s)
	}
	w.routes = x
	return x.sources
}

// ask collects what the answer of a source depends on.
func (s *routeSource) ask() questions {
	var q questions
	note := func(m interface {
		GetSourceLabels() map[string]string
		GetSourceNamespace() string
	}) {
		q.labels = append(q.labels, sortedKeys(m.GetSourceLabels())...)
		if ns := m.GetSourceNamespace(); ns != "" {
			q.namespaces = append(q.namespaces, ns)
		}
	}
	for _, r := range s.http {
		for _, m := range r.Match {
			note(m)
		}
	}
	for _, r := range slices.Concat(s.tcp, s.tls) {
		for _, m := range r.tcp {
			note(m)
			q.subnets = q.subnets || len(m.DestinationSubnets) > 0
		}
		for _, m := range r.tls {
			note(m)
		}
	}
	q.labels, q.namespaces = sortedUnique(q.labels), sortedUnique(q.namespaces)
	s.eachDestination(func(d destination) {
		if to := (hostSubset{d.Host, d.Subset}); !slices.Contains(q.targets, to) {
			q.targets = append(q.targets, to)
		}
	})
	return q
}

func sortedUnique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

func (x *routeIndex) add(s *routeSource) {
	wild := false
	for i, h := range s.hosts() {
		switch {
		case isWildcard(h):
			wild = true
		case !slices.Contains(s.hosts()[:i], h):
			x.exact[h] = append(x.exact[h], s)
		}
	}
	if wild {
		x.wild = append(x.wild, s)
	}
}

// virtualServiceExport is who sees a VirtualService, with the mesh's default filled in.
func (w *world) virtualServiceExport(s *routeSource) visibility {
	if v := newVisibility(s.Spec.ExportTo); v != nil {
		return v
	}
	return newVisibility(w.config.Mesh.GetDefaultVirtualServiceExportTo())
}

// order gives the place of each source that a listener imports.
func (x *routeIndex) order(l *listener) map[*routeSource]int {
	if o, ok := x.orders.Load(l); ok {
		return o.(map[*routeSource]int)
	}
	o := make(map[*routeSource]int, len(l.sources))
	for i, s := range l.sources {
		o[s] = i
	}
	kept, _ := x.orders.LoadOrStore(l, o)
	return kept.(map[*routeSource]int)
}

// candidates are the sources that a listener imports and that may concern a host, in the order in
// which the proxy meets them. A wildcard on either side is enough.
func (x *routeIndex) candidates(l *listener, host string) []*routeSource {
	order := x.order(l)
	var out []*routeSource
	add := func(s *routeSource) {
		if _, ok := order[s]; ok && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	if isWildcard(host) {
		for _, s := range x.sources {
			if slices.ContainsFunc(s.hosts(), func(h string) bool { return hostsMatch(h, host) }) {
				add(s)
			}
		}
	}
	for _, s := range x.exact[host] {
		add(s)
	}
	for _, s := range x.wild {
		if slices.ContainsFunc(s.hosts(), func(h string) bool { return hostsMatch(h, host) }) {
			add(s)
		}
	}
	slices.SortFunc(out, func(a, b *routeSource) int { return order[a] - order[b] })
	return out
}
