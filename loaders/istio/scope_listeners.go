package istio

import (
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
)

// listener is one egress listener of a Sidecar; without a Sidecar there is one that imports all.
type listener struct {
	port  int
	bind  string
	match bool               // only ports of the same number are imported
	hosts map[string]hostSet // by namespace; "*" = every namespace
	// sources are the VirtualServices that it imports, in the order in which they are met.
	sources []*routeSource
	// routed are the hosts that the imported VirtualServices send to, with the ports they name
	// (0 = none named), in the order of sources. They are seen even if they are not imported.
	routed map[string][]map[int]bool
}

// hostSet is a list of imported hosts.
type hostSet struct {
	exact map[string]bool
	all   []string
}

// newListener reads an egress listener. Istio: convertIstioListenerToWrapper.
func (s *scope) newListener(e *networking.IstioEgressListener) *listener {
	l := &listener{
		port:  int(e.GetPort().GetNumber()),
		bind:  e.Bind,
		hosts: map[string]hostSet{},
	}
	l.match = l.port != 0 && parseProtocol(e.Port.GetProtocol()) != protoProxy
	for _, h := range e.Hosts {
		namespace, name, ok := strings.Cut(h, "/")
		if !ok {
			continue
		}
		if namespace == exportPrivate {
			namespace = s.namespace
		}
		set := l.hosts[namespace]
		if set.exact == nil {
			set.exact = map[string]bool{}
		}
		if !isWildcard(name) {
			set.exact[name] = true
		}
		set.all = append(set.all, name)
		l.hosts[namespace] = set
	}
	l.sources = s.world.selectSources(s.namespace, l.hosts, s.gateway)
	l.routed = map[string][]map[int]bool{}
	if s.sidecar != nil {
		for _, v := range l.sources {
			for host, ports := range v.destinations(s.namespace) {
				l.routed[host] = append(l.routed[host], ports)
			}
		}
	}
	return l
}

// covers reports whether a host is imported.
func (h hostSet) covers(host string) bool {
	if h.exact[host] {
		return true
	}
	for _, imported := range h.all {
		if (isWildcard(host) || isWildcard(imported)) && subsetOf(host, imported) {
			return true
		}
	}
	return false
}

// coversRoute reports whether a VirtualService's host is imported. Its wildcard counts if it has a
// name in common with what is imported; one made from the Gateway API has to lie inside.
func (h hostSet) coversRoute(host string, gatewayAPI bool) bool {
	if h.exact[host] {
		return true
	}
	for _, imported := range h.all {
		if !isWildcard(host) && !isWildcard(imported) {
			continue
		}
		if gatewayAPI && subsetOf(host, imported) || !gatewayAPI && hostsMatch(host, imported) {
			return true
		}
	}
	return false
}

// selectSources are the VirtualServices that a listener imports: those private to the namespace,
// then those exported to it by name, then public ones; of each, routes of the Gateway API in the
// client's own namespace come first. Istio: SelectVirtualServices.
func (w *world) selectSources(namespace string, hosts map[string]hostSet, gateway bool) []*routeSource {
	var out []*routeSource
	for _, level := range []func(s *routeSource, v visibility) bool{
		func(s *routeSource, v visibility) bool { return !v.has(exportPublic) && s.Namespace == namespace },
		func(s *routeSource, v visibility) bool { return !v.has(exportPublic) && s.Namespace != namespace },
		func(_ *routeSource, v visibility) bool { return v.has(exportPublic) },
	} {
		for _, ours := range []bool{true, false} {
			for _, s := range w.sources {
				v := w.virtualServiceExport(s)
				if (s.Gateway && s.Namespace == namespace) != ours || !s.boundTo(meshGateway) ||
					!v.reaches(s.Namespace, namespace) || !level(s, v) {
					continue
				}
				if gateway || imports(hosts, s) {
					out = append(out, s)
				}
			}
		}
	}
	return out
}

func imports(hosts map[string]hostSet, s *routeSource) bool {
	for _, namespace := range []string{s.Namespace, "*"} {
		set, ok := hosts[namespace]
		if !ok {
			continue
		}
		for _, h := range s.hosts() {
			if set.coversRoute(h, s.Gateway) {
				return true
			}
		}
	}
	return false
}

// portsFor are the ports of a service that a listener takes in: the listener's own port if it has
// one, else those that a route names, else all; nil if there is none. The list is not to be changed.
func (l *listener) portsFor(svc *service, routed map[int]bool) []port {
	if l.match {
		for _, p := range svc.ports {
			if p.number == l.port {
				return []port{p}
			}
		}
		return nil
	}
	if len(routed) == 0 || routed[0] {
		if svc.ports == nil {
			return []port{}
		}
		return slices.Clip(svc.ports)
	}
	var out []port
	for _, p := range svc.ports {
		if routed[p.number] {
			out = append(out, p)
		}
	}
	return out
}
