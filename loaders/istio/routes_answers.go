package istio

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// routesOf are all routes of one host for a client: HTTP, TCP and TLS. For a gateway they are those
// that name the host or lead to it.
func (f *Fleet) routesOf(sc *scope, see *sight, c *mesh.Client) []*mesh.Route {
	if c.Kind == mesh.GatewayPod {
		return f.toldGateway(sc, c).byHost[see.svc.host]
	}
	return f.sidecarRoutes(sc, see.svc.host, c)
}

// gatewayTold is all routes of a gateway proxy, by the hosts that they name or lead to.
type gatewayTold struct {
	routes []*mesh.Route
	byHost map[string][]*mesh.Route
}

// toldGateway keeps the routes of gateway proxies: they are asked for once per service.
func (f *Fleet) toldGateway(sc *scope, c *mesh.Client) *gatewayTold {
	key := gatewayClass(c)
	if known, ok := sc.world.routes.told.Load(key); ok {
		return known.(*gatewayTold)
	}
	told := &gatewayTold{routes: f.gatewayRoutes(sc, c), byHost: map[string][]*mesh.Route{}}
	for _, r := range told.routes {
		hosts := []string{r.Host}
		for _, rule := range r.Rules {
			for _, b := range rule.To {
				hosts = append(hosts, b.Host)
			}
		}
		for _, h := range sortedUnique(hosts) {
			told.byHost[h] = append(told.byHost[h], r)
		}
	}
	kept, _ := sc.world.routes.told.LoadOrStore(key, told)
	return kept.(*gatewayTold)
}

// gatewayClass names the gateway proxies that are told the same.
func gatewayClass(c *mesh.Client) string {
	var b strings.Builder
	b.WriteString("gateway " + c.Cluster + " " + c.Network + " " + c.Namespace)
	for _, k := range sortedKeys(c.Labels) {
		b.WriteString(" " + k + "=" + c.Labels[k])
	}
	return b.String()
}

// allRoutes are all routes of a client, sorted by kind, host and port. A waypoint is told its routes
// as part of its listeners, not by themselves.
func (f *Fleet) allRoutes(sc *scope, c *mesh.Client) []*mesh.Route {
	var out []*mesh.Route
	switch c.Kind {
	case mesh.GatewayPod:
		out = slices.Clone(f.toldGateway(sc, c).routes)
	case mesh.Waypoint, mesh.Ztunnel, mesh.Unmeshed:
	default:
		for _, host := range sc.hosts() {
			out = append(out, f.sidecarRoutes(sc, host, c)...)
		}
		out = append(out, f.extraRoutes(sc, c)...)
	}
	slices.SortStableFunc(out, func(a, b *mesh.Route) int {
		return cmp.Or(cmp.Compare(min(a.Kind, mesh.TCPRoute), min(b.Kind, mesh.TCPRoute)), cmp.Compare(a.Host, b.Host), cmp.Compare(a.Port, b.Port))
	})
	return out
}

// routesClass tells clients apart that are routed differently to a host they see alike: by the
// sources that they have for it, by what those ask of callers, and by which of the targets exist for
// them.
func (f *Fleet) routesClass(sc *scope, see *sight, c *mesh.Client) string {
	if c.Kind == mesh.GatewayPod {
		known, ok := f.gatewayClasses.Load(c)
		if !ok {
			known, _ = f.gatewayClasses.LoadOrStore(c, gatewayClass(c))
		}
		return known.(string)
	}
	var b strings.Builder
	for _, l := range sc.listeners {
		own := sc.sightIn(l, see.svc.host)
		if own == nil {
			b.WriteByte('-')
			continue
		}
		sources := sc.candidates(l, see.svc.host)
		for _, p := range own.ports {
			if len(sc.listeners) > 1 && sc.listenerFor(p.number) == l {
				b.WriteString(" @" + strconv.Itoa(p.number))
			}
			if p.protocol.isTCP() && own.svc.address(c.Cluster) == anyAddress {
				b.WriteString(" listens " + strconv.FormatBool(sc.listens(l, own, p, c.Cluster)))
			}
		}
		t := proxyTargets{fleet: f, scope: sc, client: c}
		for _, s := range sources {
			b.WriteString(" " + s.Namespace + "/" + s.Name)
			s.questions.write(&b, s, c, t)
		}
	}
	return b.String()
}

// write notes what a source asks of a client, with the client's answers.
func (q *questions) write(b *strings.Builder, s *routeSource, c *mesh.Client, t proxyTargets) {
	if s.Gateway {
		b.WriteString("?" + strconv.FormatBool(s.Namespace == c.Namespace))
	}
	for _, k := range q.labels {
		b.WriteString(" " + k + "=" + c.Label(k))
	}
	if slices.Contains(q.namespaces, c.Namespace) {
		b.WriteString(" in " + c.Namespace)
	}
	if q.subnets {
		b.WriteString(" from " + c.Cluster)
	}
	for _, to := range q.targets {
		see := t.scope.see(to.host)
		if see == nil {
			b.WriteByte('-')
			continue
		}
		for _, p := range see.ports {
			b.WriteString(strconv.Itoa(p.number))
			if !t.pool(to.host, p.number, to.subset) {
				b.WriteByte('!')
			}
		}
	}
}
