package istio

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// listenerFor is the egress listener that takes a client's requests to a port: the one for that
// port, or the one for all other ports. Istio: GetEgressListenerForRDS.
func (sc *scope) listenerFor(port int) *listener {
	for _, l := range sc.listeners {
		if l.port == 0 || l.port == port {
			return l
		}
	}
	return nil
}

// sidecarRoutes are the routes of one host, port by port. There are none for a service that is
// known only because a VirtualService leads to it.
func (f *Fleet) sidecarRoutes(sc *scope, host string, c *mesh.Client) []*mesh.Route {
	var out []*mesh.Route
	for _, l := range sc.listeners {
		see := sc.sightIn(l, host)
		if see == nil || see.svc.resolution == externalName {
			continue
		}
		for _, p := range see.ports {
			if sc.listenerFor(p.number) != l {
				continue
			}
			if isRouted(p.protocol) {
				out = append(out, f.hostRoute(sc, l, see, p.number, c))
			} else {
				out = append(out, f.l4Routes(sc, l, see, p, c)...)
			}
		}
	}
	return out
}

// hostRoute is the HTTP route of a service on a port: the first source that claims the host and
// has a rule for the client decides alone. Istio: BuildSidecarVirtualHostWrapper.
func (f *Fleet) hostRoute(sc *scope, l *listener, see *sight, port int, c *mesh.Client) *mesh.Route {
	w := sc.world
	r := &mesh.Route{Kind: mesh.HTTPRoute, Host: see.svc.host, Port: port}
	t := proxyTargets{fleet: f, scope: sc, client: c, listener: l}
	for _, s := range sc.claims(l, see.svc) {
		if r.Rules = w.rulesOf(s, meshCaller(c, port), t); len(r.Rules) > 0 {
			return r
		}
	}
	r.Rules = []*mesh.RouteRule{w.defaultRule(see.svc.host, port, t)}
	return r
}

// meshCaller is a client that calls through its own sidecar.
func meshCaller(c *mesh.Client, port int) caller {
	return caller{namespace: c.Namespace, label: c.Label, gateway: meshGateway, port: port}
}

// claims are the sources that may route a service, first choice first: those that name its host,
// else the one with the most specific wildcard. HTTPRoutes are for callers in their namespace, or in
// the service's. Istio: separateVSHostsAndServices.
func (sc *scope) claims(l *listener, svc *service) []*routeSource {
	var out []*routeSource
	var best *routeSource
	covers, named := "", false
	for _, s := range sc.candidates(l, svc.host) {
		for _, h := range s.hosts() {
			switch {
			case h == svc.host && !isWildcard(h):
				named = true
				if (!s.Gateway || s.Namespace == svc.namespace || s.Namespace == sc.namespace) && !slices.Contains(out, s) {
					out = append(out, s)
				}
			case isWildcard(h) && strings.HasSuffix(strings.TrimPrefix(svc.host, "*"), h[1:]) && (best == nil || moreSpecific(h, covers) < 0):
				best, covers = s, h
			}
		}
	}
	if !named && best != nil && !best.Gateway {
		return []*routeSource{best}
	}
	return out
}

// extraRoutes are the routes of hosts that a VirtualService names and no service has. They exist on
// port 80, if the proxy listens there at all, and on every port of a service that the same
// VirtualService routes. Istio: BuildSidecarOutboundVirtualHosts.
func (f *Fleet) extraRoutes(sc *scope, c *mesh.Client) []*mesh.Route {
	var out []*mesh.Route
	for _, l := range sc.listeners {
		e := extras{fleet: f, scope: sc, listener: l, client: c, imported: sc.allIn(l)}
		for _, port := range e.ports() {
			out = append(out, e.on(port)...)
		}
	}
	return out
}

// extras finds the routes of a listener for hosts without a service.
type extras struct {
	fleet    *Fleet
	scope    *scope
	listener *listener
	client   *mesh.Client
	imported []*sight
}

// ports are those on which the listener takes the requests for all HTTP services.
func (e *extras) ports() []int {
	var out []int
	for _, see := range e.imported {
		for _, p := range see.ports {
			shared := p.protocol.isHTTP() || p.protocol.isAuto() && see.svc.address(e.client.Cluster) == anyAddress
			if shared && e.scope.listenerFor(p.number) == e.listener {
				out = append(out, p.number)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// on makes the routes of one port. A name that is already taken, by an older VirtualService or as the
// short form of the name of a service that it routes, is skipped.
func (e *extras) on(port int) []*mesh.Route {
	w := e.scope.world
	t := proxyTargets{fleet: e.fleet, scope: e.scope, client: e.client, listener: e.listener}
	taken := map[string]bool{}
	var out []*mesh.Route
	for _, s := range e.listener.sources {
		hosts, services := e.split(s, port)
		if len(services) == 0 && (port != 80 || s.Gateway) || len(services)+len(hosts) == 0 {
			continue
		}
		rules := w.rulesOf(s, meshCaller(e.client, port), t)
		if len(rules) == 0 {
			continue
		}
		for _, h := range hosts {
			if key := strings.ToLower(h); !taken[key] {
				taken[key] = true
				out = append(out, &mesh.Route{Kind: mesh.HTTPRoute, Host: h, Port: port, Rules: rules})
			}
		}
		for _, svc := range services {
			for _, name := range w.shortForms(svc, e.client.Namespace) {
				taken[name] = true
			}
		}
	}
	return out
}

// split sorts the hosts of a source into the services that it routes on a port, and hosts without
// any service there. Istio: separateVSHostsAndServices.
func (e *extras) split(s *routeSource, port int) (hosts []string, services []*service) {
	for _, h := range s.hosts() {
		if !isWildcard(h) {
			see := e.scope.sightIn(e.listener, h)
			switch {
			case see == nil || !see.hasPort(port, anyProtocol):
				hosts = append(hosts, h)
			case see.hasPort(port, isRouted):
				services = append(services, see.svc)
			}
			continue
		}
		found := false
		for _, see := range e.imported {
			if !see.hasPort(port, anyProtocol) || !hostsMatch(see.svc.host, h) {
				continue
			}
			found = true
			if see.hasPort(port, isRouted) && slices.Contains(e.scope.claims(e.listener, see.svc), s) {
				services = append(services, see.svc)
			}
		}
		if !found {
			hosts = append(hosts, strings.ToLower(h))
		}
	}
	return hosts, services
}

// shortForms are the names under which callers of a namespace may also call a Kubernetes service:
// "cart", "cart.shop", "cart.shop.svc".
func (w *world) shortForms(s *service, namespace string) []string {
	out := []string{strings.ToLower(s.host)}
	qualified, ok := strings.CutSuffix(s.host, ".svc."+w.domain)
	name, ns, dot := strings.Cut(qualified, ".")
	if !ok || !dot {
		return out
	}
	out = append(out, qualified, qualified+".svc")
	if ns == namespace {
		out = append(out, name)
	}
	return out
}
