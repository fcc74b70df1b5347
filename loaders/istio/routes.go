package istio

import (
	"cmp"
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

	// sharing are the services that carry bytes and have no address of their own, by port, in
	// registry order. Made on first use, as is what gateways are told (gatewayKey -> *gatewayTold).
	sharing func() map[int][]*service
	told    sync.Map
}

// buildSources reads the routing objects of the configuration: short names are resolved,
// delegates merged in, and routes of the Gateway API are among the result, which is in
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
	x.sources = append(x.sources, w.apiSources()...)
	slices.SortStableFunc(x.sources, olderSource)
	for i, s := range x.sources {
		s.place, s.questions = i, s.ask()
		x.add(s)
	}
	x.sharing = sync.OnceValue(w.sharesAddress)
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
func (w *world) virtualServiceExport(s *routeSource) visibility { return s.export }

// candidates are the sources that a listener of a client imports and that may concern a host, in the
// order in which the proxy meets them. A wildcard on either side is enough.
func (sc *scope) candidates(l *listener, host string) []*routeSource {
	var out []*routeSource
	add := func(list []*routeSource) {
		for _, s := range list {
			if s.names(host) && sc.importsSource(l, s) && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	x := sc.world.routes
	if isWildcard(host) {
		add(x.sources)
	} else {
		add(x.exact[host])
		add(x.wild)
	}
	slices.SortFunc(out, sc.meets)
	return out
}

// names reports whether a host of the source has a name in common with another.
func (s *routeSource) names(host string) bool {
	return slices.ContainsFunc(s.hosts(), func(h string) bool { return hostsMatch(h, host) })
}

// importsSource reports whether a listener of a client reads a source.
func (sc *scope) importsSource(l *listener, s *routeSource) bool {
	return s.boundTo(meshGateway) && s.export.reaches(s.Namespace, sc.namespace) && (sc.gateway || imports(l.hosts, s))
}

// meets orders sources as a client meets them: private ones, those exported to its namespace by name,
// public ones; of each, HTTPRoutes of its own namespace go first, then older ones.
// Istio: SelectVirtualServices.
func (sc *scope) meets(a, b *routeSource) int {
	others := func(s *routeSource) int {
		if s.Gateway && s.Namespace == sc.namespace {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.rank(sc.namespace), b.rank(sc.namespace)), cmp.Compare(others(a), others(b)), cmp.Compare(a.place, b.place))
}

// rank orders sources that a namespace sees: its private ones (0), those exported to it by name (1),
// public ones (2).
func (s *routeSource) rank(namespace string) int {
	switch {
	case s.export.has(exportPublic):
		return 2
	case s.Namespace == namespace:
		return 0
	}
	return 1
}

// defaultExport is who sees a VirtualService that does not say: its own namespace or everybody, other
// settings are not honoured. Istio: PushContext.initVirtualServices.
func (w *world) defaultExport() visibility {
	set := w.config.Mesh.GetDefaultVirtualServiceExportTo()
	for _, e := range []string{exportPrivate, exportPublic} {
		if slices.Contains(set, e) {
			return newVisibility([]string{e})
		}
	}
	return newVisibility([]string{exportNone})
}
