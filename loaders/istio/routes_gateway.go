package istio

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/mesh"
)

// gatewayServer is one server of a Gateway, as a proxy that the Gateway selects has it.
type gatewayServer struct {
	*networking.Server
	gateway string   // "namespace/name"
	hosts   []string // "namespace/host", or "host" for VirtualServices of any namespace
}

// serversOf are the servers of all Gateways that select a proxy, older Gateways first. A TLS server
// that repeats a host of an earlier one on its port is dropped. Istio: mergeGateways.
func (w *world) serversOf(c *mesh.Client) []gatewayServer {
	var out []gatewayServer
	taken := map[string]bool{}
	for _, g := range w.config.Gateways {
		if !matchesAll(g.Spec.Selector, c.Label) {
			continue
		}
		for _, s := range g.Spec.Servers {
			server := gatewayServer{Server: s, gateway: g.Key()}
			for _, h := range s.Hosts {
				server.hosts = append(server.hosts, serverHost(h, g.Namespace))
			}
			if s.Tls != nil && !s.Tls.HttpsRedirect {
				key := func(h string) string { return strconv.Itoa(int(s.GetPort().GetNumber())) + "/" + s.Bind + "/" + h }
				if slices.ContainsFunc(server.hosts, func(h string) bool { return taken[key(h)] }) {
					continue
				}
				for _, h := range server.hosts {
					taken[key(h)] = true
				}
			}
			out = append(out, server)
		}
	}
	return append(out, w.apiServers(c)...)
}

// serverHost resolves "./host" and "*/host". Istio: sanitizeServerHostNamespace.
func serverHost(h, namespace string) string {
	switch ns, name, ok := strings.Cut(h, "/"); {
	case !ok:
		return h
	case ns == ".":
		return namespace + "/" + name
	case ns == "*":
		return name
	}
	return h
}

// hostsFor are the hosts that both a server and a VirtualService of a namespace name: of two that
// cover each other the narrower. Istio: host.Names.Intersection.
func (s gatewayServer) hostsFor(v *routeSource) []string {
	var out []string
	add := func(h string) {
		if !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	for _, h := range s.hosts {
		if ns, name, ok := strings.Cut(h, "/"); ok {
			if ns != v.Namespace {
				continue
			}
			h = name
		}
		for _, vh := range v.hosts() {
			switch {
			case subsetOf(h, vh):
				add(h)
			case subsetOf(vh, h):
				add(vh)
			}
		}
	}
	return out
}

// speaks reports what a server does with its connections: requests routed one by one, bytes, or
// TLS that it passes on unopened.
func (s gatewayServer) speaks() mesh.RouteKind {
	p := parseProtocol(s.GetPort().GetProtocol())
	passes := s.GetTls().GetMode() == networking.ServerTLSSettings_PASSTHROUGH ||
		s.GetTls().GetMode() == networking.ServerTLSSettings_AUTO_PASSTHROUGH
	switch {
	case p.isHTTP(), p == protoHTTPS && s.Tls != nil && !passes:
		return mesh.HTTPRoute
	case s.Tls != nil && passes:
		return mesh.TLSRoute
	}
	return mesh.TCPRoute
}

// routeName groups servers that share their routes: plain HTTP on one port and address.
// Istio: gatewayRDSRouteName.
func (s gatewayServer) routeName(i int) string {
	name := strconv.Itoa(int(s.GetPort().GetNumber())) + "/" + s.Bind
	if s.GetPort().GetProtocol() == string(protoHTTPS) || parseProtocol(s.GetPort().GetProtocol()) == protoHTTPS {
		return name + "/" + strconv.Itoa(i)
	}
	return name
}

// sourcesFor are the VirtualServices that a gateway proxy in a namespace reads for a Gateway:
// private ones first, then those exported to the namespace by name, then public ones.
// Istio: VirtualServicesForGateway.
func (w *world) sourcesFor(gateway, namespace string) []*routeSource {
	var out []*routeSource
	for _, s := range w.routes.sources {
		if s.boundTo(gateway) && s.export.reaches(s.Namespace, namespace) {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b *routeSource) int { return cmp.Compare(a.rank(namespace), b.rank(namespace)) })
	return out
}

// gatewayRoutes are all routes of a gateway proxy. Istio: buildGatewayHTTPRouteConfig.
func (f *Fleet) gatewayRoutes(sc *scope, c *mesh.Client) []*mesh.Route {
	w := sc.world
	t := proxyTargets{fleet: f, scope: sc, client: c}
	byName := map[string]map[string]*mesh.Route{} // route name -> host
	var out []*mesh.Route
	for i, server := range w.serversOf(c) {
		port := int(server.GetPort().GetNumber())
		from := caller{namespace: c.Namespace, label: c.Label, gateway: server.gateway, port: port}
		sources := w.sourcesFor(server.gateway, c.Namespace)
		if server.speaks() != mesh.HTTPRoute {
			out = append(out, gatewayL4(server, sources, from, t)...)
			continue
		}
		name := server.routeName(i)
		if byName[name] == nil {
			byName[name] = map[string]*mesh.Route{}
		}
		for _, s := range sources {
			hosts := server.hostsFor(s)
			if len(hosts) == 0 {
				continue
			}
			rules := w.rulesOf(s, from, t)
			if len(rules) == 0 {
				continue
			}
			for _, h := range hosts {
				h = strings.ToLower(h)
				r := byName[name][h]
				if r == nil {
					r = &mesh.Route{Kind: mesh.HTTPRoute, Host: h, Port: port}
					byName[name][h] = r
					out = append(out, r)
				}
				r.Rules = append(r.Rules, rules...)
			}
		}
	}
	for _, r := range out {
		if r.Kind == mesh.HTTPRoute {
			slices.SortStableFunc(r.Rules, func(a, b *mesh.RouteRule) int { return lastIf(takesAll(a.Match)) - lastIf(takesAll(b.Match)) })
		}
	}
	return out
}

// lastIf sorts rules that take every request behind all others: on a gateway VirtualServices for
// one host are joined.
func lastIf(takesAll bool) int {
	if takesAll {
		return 1
	}
	return 0
}

// gatewayL4 are the routes of a server that does not look into requests: for bytes the first `tcp`
// rule that holds, for TLS every `tls` match. Servers that pass everything on to the name that was
// asked for (AUTO_PASSTHROUGH, between networks) have none.
func gatewayL4(server gatewayServer, sources []*routeSource, from caller, t targets) []*mesh.Route {
	if server.GetTls().GetMode() == networking.ServerTLSSettings_AUTO_PASSTHROUGH {
		return nil
	}
	var out []*mesh.Route
	taken := map[string]bool{}
	for _, s := range sources {
		hosts := server.hostsFor(s)
		if len(hosts) == 0 {
			continue
		}
		if server.speaks() == mesh.TCPRoute {
			rules := s.tcp
			if s.Gateway && server.Tls != nil && len(rules) == 0 {
				rules = s.tls // a TLSRoute at a listener that ends TLS. Istio: buildGatewayNetworkFiltersFromTCPRoutes
			}
			for _, r := range rules {
				if len(r.tcp) == 0 || slices.ContainsFunc(r.tcp, func(m *networking.L4MatchAttributes) bool { return from.admits(m) }) {
					return []*mesh.Route{{Kind: mesh.TCPRoute, Host: hosts[0], Port: from.port, Rules: []*mesh.RouteRule{l4RuleOf(s, r, from.port, t)}}}
				}
			}
			continue
		}
		for _, r := range s.tls {
			for _, m := range r.tls {
				if !from.admits(m) || slices.ContainsFunc(m.SniHosts, func(h string) bool { return taken[h] }) {
					continue
				}
				for _, h := range m.SniHosts {
					taken[h] = true
				}
				out = append(out, &mesh.Route{
					Kind: mesh.TLSRoute, Host: hosts[0], Port: from.port, SNI: slices.Sorted(slices.Values(m.SniHosts)),
					Rules: []*mesh.RouteRule{l4RuleOf(s, r, from.port, t)},
				})
			}
		}
	}
	return out
}

// admits reports whether a match holds on a gateway, which looks at port and gateway only.
// Istio: l4SingleMatch.
func (c caller) admits(m l4Match) bool {
	return (m.GetPort() == 0 || int(m.GetPort()) == c.port) && (len(m.GetGateways()) == 0 || slices.Contains(m.GetGateways(), c.gateway))
}
