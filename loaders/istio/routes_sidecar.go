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
	for _, s := range w.routes.claims(l, see.svc, c.Namespace) {
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
func (x *routeIndex) claims(l *listener, svc *service, client string) []*routeSource {
	var out []*routeSource
	var best *routeSource
	covers, named := "", false
	for _, s := range x.candidates(l, svc.host) {
		for _, h := range s.hosts() {
			switch {
			case h == svc.host && !isWildcard(h):
				named = true
				if (!s.Gateway || s.Namespace == svc.namespace || s.Namespace == client) && !slices.Contains(out, s) {
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
	for _, port := range sc.sharedPorts(c) {
		out = append(out, f.extraRoutesOn(sc, sc.listenerFor(port), port, c)...)
	}
	return out
}

// extraRoutesOn skips a name that is already taken, by an older VirtualService or as the short form
// of the name of a service that it routes.
func (f *Fleet) extraRoutesOn(sc *scope, l *listener, port int, c *mesh.Client) []*mesh.Route {
	w := sc.world
	t := proxyTargets{fleet: f, scope: sc, client: c, listener: l}
	taken := map[string]bool{}
	var out []*mesh.Route
	for _, s := range l.sources {
		hosts, services := sc.split(l, s, port, c.Namespace)
		if len(services) == 0 && (port != 80 || s.Gateway) || len(services)+len(hosts) == 0 {
			continue
		}
		rules := w.rulesOf(s, meshCaller(c, port), t)
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
			for _, name := range w.shortForms(svc, c.Namespace) {
				taken[name] = true
			}
		}
	}
	return out
}

// sharedPorts are the ports on which the proxy has one listener for all HTTP services.
func (sc *scope) sharedPorts(c *mesh.Client) []int {
	var out []int
	for _, l := range sc.listeners {
		for _, see := range sc.allIn(l) {
			for _, p := range see.ports {
				shared := p.protocol.isHTTP() || p.protocol.isAuto() && see.svc.address(c.Cluster) == anyAddress
				if shared && see.svc.resolution != externalName && sc.listenerFor(p.number) == l && !slices.Contains(out, p.number) {
					out = append(out, p.number)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

// split sorts the hosts of a source into the services that it routes on a port, and hosts without
// any service there.
func (sc *scope) split(l *listener, s *routeSource, port int, client string) (hosts []string, services []*service) {
	for _, h := range s.hosts() {
		if !isWildcard(h) {
			see := sc.sightIn(l, h)
			switch {
			case see == nil || !see.hasPort(port, anyProtocol):
				hosts = append(hosts, h)
			case see.hasPort(port, isRouted):
				services = append(services, see.svc)
			}
			continue
		}
		found := false
		for _, see := range sc.allIn(l) {
			if !see.hasPort(port, anyProtocol) || !hostsMatch(see.svc.host, h) {
				continue
			}
			found = true
			if see.hasPort(port, isRouted) && slices.Contains(sc.world.routes.claims(l, see.svc, client), s) {
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
