package istio

import (
	"net/netip"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/mesh"
)

// l4Routes are the routes of a port that carries bytes: by server name if it is TLS, else one.
// Istio: buildSidecarOutboundTCPListenerOpts.
func (f *Fleet) l4Routes(sc *scope, l *listener, see *sight, p port, c *mesh.Client) []*mesh.Route {
	if !p.protocol.isTCP() || !sc.listens(l, see, p, c.Cluster) {
		return nil
	}
	t := proxyTargets{fleet: f, scope: sc, client: c}
	if p.protocol.isTLS() {
		return tlsRoutes(l, see, p, c, t)
	}
	return []*mesh.Route{tcpRoute(l, see, p.number, c, t)}
}

// tcpRoute is the route of a TCP port: the first `tcp` rule of any source for the host that holds
// for the client, else the service itself. A rule for other destination addresses is none for the
// service's callers. Istio: buildSidecarOutboundTCPFilterChainOpts.
func tcpRoute(l *listener, see *sight, port int, c *mesh.Client, t proxyTargets) *mesh.Route {
	r := &mesh.Route{Kind: mesh.TCPRoute, Host: see.svc.host, Port: port}
	for _, s := range t.scope.candidates(l, see.svc.host) {
		for _, rule := range s.tcp {
			holds := len(rule.tcp) == 0 || slices.ContainsFunc(rule.tcp, func(m *networking.L4MatchAttributes) bool {
				return meshCaller(c, port).appliesL4(m) && covers(m.DestinationSubnets, see.svc.address(c.Cluster))
			})
			if holds {
				r.Rules = []*mesh.RouteRule{l4RuleOf(s, rule, port, t)}
				return r
			}
		}
	}
	r.Rules = []*mesh.RouteRule{plainRule(see, port, t)}
	return r
}

// tlsRoutes are the routes of a TLS port, one for each match of a `tls` rule that holds for the
// client. Without any the service is reached by its address, or by its name where it has none of its
// own.
// Istio: buildSidecarOutboundTLSFilterChainOpts.
func tlsRoutes(l *listener, see *sight, p port, c *mesh.Client, t proxyTargets) []*mesh.Route {
	var out []*mesh.Route
	seen := map[string]bool{}
	for _, s := range t.scope.candidates(l, see.svc.host) {
		for _, rule := range s.tls {
			for _, m := range rule.tls {
				key := strings.Join(m.SniHosts, ",") + "|" + strings.Join(m.DestinationSubnets, ",")
				if seen[key] || !meshCaller(c, p.number).appliesL4(m) {
					continue
				}
				seen[key] = true
				out = append(out, &mesh.Route{
					Kind: mesh.TLSRoute, Host: see.svc.host, Port: p.number, SNI: slices.Sorted(slices.Values(m.SniHosts)),
					Rules: []*mesh.RouteRule{l4RuleOf(s, rule, p.number, t)},
				})
			}
		}
	}
	if out != nil {
		return out
	}
	r := &mesh.Route{Kind: mesh.TLSRoute, Host: see.svc.host, Port: p.number, Rules: []*mesh.RouteRule{plainRule(see, p.number, t)}}
	if a := see.svc.address(c.Cluster); a == anyAddress && !see.byInstance(p) || strings.Contains(a, "/") {
		r.SNI = []string{see.svc.host}
	}
	return []*mesh.Route{r}
}

// plainRule leads to the service itself; to its only port if the listener is on another.
func plainRule(see *sight, port int, t proxyTargets) *mesh.RouteRule {
	if len(see.ports) == 1 {
		port = see.ports[0].number
	}
	return &mesh.RouteRule{To: []mesh.Backend{plainBackend(see.svc.host, port, t)}}
}

// l4Match is what `tcp` and `tls` matches have in common.
type l4Match interface {
	GetPort() uint32
	GetGateways() []string
	GetSourceLabels() map[string]string
	GetSourceNamespace() string
}

// appliesL4 reports whether a match can hold for a caller. Other than for HTTP, everything that is
// said must hold. Istio: matchTCP, matchTLS.
func (c caller) appliesL4(m l4Match) bool {
	return (m.GetPort() == 0 || int(m.GetPort()) == c.port) &&
		(len(m.GetGateways()) == 0 || slices.Contains(m.GetGateways(), c.gateway)) &&
		matchesAll(m.GetSourceLabels(), c.label) &&
		(m.GetSourceNamespace() == "" || m.GetSourceNamespace() == c.namespace)
}

// covers reports whether subnets, if any, include an address.
func covers(subnets []string, address string) bool {
	if len(subnets) == 0 {
		return true
	}
	a, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(subnets, func(s string) bool {
		if p, err := netip.ParsePrefix(s); err == nil {
			return p.Contains(a)
		}
		return s == address
	})
}

// l4RuleOf renders one `tcp` or `tls` rule.
func l4RuleOf(s *routeSource, r *l4Rule, port int, t targets) *mesh.RouteRule {
	out := &mesh.RouteRule{From: s.from, Origin: r.at}
	for i, to := range r.to {
		b := backendOf(to.Destination, port, t, r.backendAt(i))
		if r.api {
			r.backends[i].refuse(&b)
		}
		sendTo(out, b, to.Weight, len(r.to))
	}
	return share(out)
}

// listens reports whether the proxy has a listener for a port that carries bytes. Services without
// an address share one, and the first of them has it; TLS is told apart by server name.
// Istio: buildSidecarOutboundListener, mergeTCPFilterChains.
func (s *scope) listens(l *listener, see *sight, p port, cluster string) bool {
	if see.svc.address(cluster) != anyAddress {
		return true
	}
	if see.byInstance(p) {
		return see.svc.hasInstances(p)
	}
	if p.protocol.isTLS() {
		return true
	}
	for near := range 3 {
		for _, other := range s.world.routes.sharing()[p.number] {
			if s.nearness(other) != near || other.address(cluster) != anyAddress {
				continue
			}
			if g := s.sightIn(l, other.host); g != nil && g.svc == other && g.sharesAddress(p.number) {
				return other == see.svc
			}
		}
	}
	return true
}

// nearness orders services as listeners are made: private ones of the client's namespace (0), those
// exported to it by name (1), public ones (2).
func (s *scope) nearness(svc *service) int {
	switch {
	case s.world.isPublic(svc):
		return 2
	case svc.namespace == s.namespace:
		return 0
	}
	return 1
}

// sharesAddress reports whether a port is listened for on the address of all services without one.
func (g *sight) sharesAddress(number int) bool {
	return slices.ContainsFunc(g.ports, func(p port) bool {
		return p.number == number && !p.protocol.isHTTP() && !p.protocol.isTLS() && p.protocol != protoUDP && !g.byInstance(p)
	})
}

// sharesAddress finds the services that may have no address of their own, by their ports that carry
// bytes.
func (w *world) sharesAddress() map[int][]*service {
	out := map[int][]*service{}
	for _, s := range w.services {
		headless := slices.ContainsFunc(s.definitions, func(d definition) bool { return d.ClusterIP == "None" })
		if !headless && (s.entry == nil || s.address("") != anyAddress) {
			continue
		}
		for _, p := range s.ports {
			if !p.protocol.isHTTP() && p.protocol != protoUDP {
				out[p.number] = append(out[p.number], s)
			}
		}
	}
	return out
}

// byInstance reports whether a proxy listens for each pod of a service on its own address: a
// headless one, where bytes cannot tell which service they are for.
func (g *sight) byInstance(p port) bool {
	return g.svc.resolution == passthrough && !p.protocol.isHTTP() &&
		(g.svc.kubernetes || g.svc.selector != nil || g.svc.hasInstances(p))
}

// hasInstances reports whether a service has any endpoint for a port.
func (s *service) hasInstances(p port) bool {
	return slices.ContainsFunc(s.shard.endpoints, func(e *endpoint) bool {
		return e.port == p.name || e.number != 0 && e.number == p.number
	})
}
