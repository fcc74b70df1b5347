package istio

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// routeLosses are routes that were written for a host and do not act for a client, and routes that
// lead to nothing for it. routes are all that it has for the host.
func (f *Fleet) routeLosses(sc *scope, see *sight, c *mesh.Client, routes []*mesh.Route) []mesh.Loss {
	if c.Kind == mesh.GatewayPod {
		return missingTargets(routes, see.svc.host, proxyTargets{fleet: f, scope: sc, client: c})
	}
	var out []mesh.Loss
	own := false
	for _, l := range sc.listeners {
		if g := sc.sightIn(l, see.svc.host); g != nil {
			own = true
			out = append(out, f.shadowed(sc, l, g, c)...)
		}
	}
	if !own {
		return nil
	}
	out = append(out, sc.unseen(see.svc.host)...)
	return append(out, missingTargets(routes, see.svc.host, proxyTargets{fleet: f, scope: sc, client: c})...)
}

// shadowed are the sources that come after the one that acts, and the rules that a delegate took
// with it.
func (f *Fleet) shadowed(sc *scope, l *listener, see *sight, c *mesh.Client) []mesh.Loss {
	var out []mesh.Loss
	t := proxyTargets{fleet: f, scope: sc, client: c, listener: l}
	acts := map[*routeSource]bool{}
	by := map[*routeSource]*routeSource{} // what a source is shadowed by
	claims := sc.claims(l, see.svc)
	for _, p := range see.ports {
		if !isRouted(p.protocol) || sc.listenerFor(p.number) != l {
			continue
		}
		var owner *routeSource
		for _, s := range claims {
			if len(sc.world.rulesOf(s, meshCaller(c, p.number), t)) == 0 {
				continue
			}
			if owner == nil {
				owner = s
				acts[s] = true
			} else if by[s] == nil {
				by[s] = owner
			}
		}
	}
	for _, s := range claims {
		switch owner := by[s]; {
		case acts[s]:
			out = append(out, s.lost...)
		case owner != nil:
			out = append(out, mesh.Loss{
				Kind: mesh.LossShadowed, Takes: mesh.TakesRoute, Origin: owner.claimAt(see.svc.host), Of: s.claimAt(see.svc.host),
				Detail: fmt.Sprintf("%s comes first for %s, and in the mesh only one of them acts: all rules of %s are ignored",
					owner.Key(), see.svc.host, s.Key()),
			})
		}
	}
	return out
}

// claimAt is the line by which a source claims a host.
func (s *routeSource) claimAt(host string) mesh.Origin {
	for i, h := range s.hosts() {
		if hostsMatch(h, host) {
			return s.hostAt(i)
		}
	}
	return s.At("/spec")
}

// unseen are sources for a host that no listener of the client imports.
func (sc *scope) unseen(host string) []mesh.Loss {
	var out []mesh.Loss
	for _, s := range sc.world.routes.exact[host] {
		if !s.boundTo(meshGateway) || sc.selects(s) {
			continue
		}
		loss := mesh.Loss{Kind: mesh.LossNotVisible, Takes: mesh.TakesRoute, Of: s.claimAt(host)}
		if !s.export.reaches(s.Namespace, sc.namespace) {
			loss.Origin = s.At("/spec/exportTo")
			if len(s.Spec.ExportTo) == 0 {
				loss.Origin = sc.world.config.MeshOrigin.Child("defaultVirtualServiceExportTo")
			}
			loss.Detail = s.Key() + " is not exported to these clients"
		} else {
			loss.Origin = sc.sidecar.At("/spec/egress")
			loss.Detail = fmt.Sprintf("Sidecar %s does not import %s", sc.sidecar.Key(), s.Key())
		}
		out = append(out, loss)
	}
	return out
}

// selects reports whether any listener imports a source.
func (sc *scope) selects(s *routeSource) bool {
	return slices.ContainsFunc(sc.listeners, func(l *listener) bool { return sc.importsSource(l, s) })
}

// missingTargets are the destinations of a host's routes that the proxy does not have, each once. Of
// routes of other hosts (a gateway's) those to the host itself.
func missingTargets(routes []*mesh.Route, host string, t targets) []mesh.Loss {
	var out []mesh.Loss
	seen := map[mesh.Origin]bool{}
	for _, r := range routes {
		for _, rule := range r.Rules {
			for _, b := range rule.To {
				if !b.Missing || b.Origin.IsZero() || seen[b.Origin] || r.Host != host && b.Host != host && (rule.From != fromGatewayAPI || !leadsTo(rule, host)) {
					continue
				}
				seen[b.Origin] = true
				loss := mesh.Loss{Kind: mesh.LossMissing, Takes: mesh.TakesReachability, Origin: b.Origin.Child("host")}
				switch {
				case rule.From == fromGatewayAPI:
					loss.Origin = b.Origin.Child("name")
				case t.pool(b.Host, b.Port, ""):
					loss.Origin = b.Origin.Child("subset")
				}
				answer := answerWithout(r, rule)
				loss.Detail = fmt.Sprintf("no %s for these clients: %s", describe(b, t), answer)
				p, ok := t.(proxyTargets)
				if why := refusedBackend(p, b); why != "" {
					loss.Origin, loss.Detail = b.Origin.Child("namespace"), fmt.Sprintf("the route sends to %s: %s", why, answer)
				}
				if ok && t.service(b.Host) == nil {
					if by, hidden := p.scope.hiding(b.Host, ""); hidden {
						loss.Of = by.at
						loss.Detail = fmt.Sprintf("no host %s for these clients, for %s: %s", b.Host, by.why, answer)
					}
				}
				out = append(out, loss)
			}
		}
	}
	return out
}

// refusedBackend tells what keeps the proxy from a backend that may exist: a ReferenceGrant that is missing.
func refusedBackend(t proxyTargets, b mesh.Backend) string {
	if t.scope == nil {
		return ""
	}
	return t.scope.world.refusedBackends[b.Origin]
}

// leadsTo reports whether a rule sends anything to a host.
func leadsTo(r *mesh.RouteRule, host string) bool {
	return slices.ContainsFunc(r.To, func(b mesh.Backend) bool { return b.Host == host })
}

// answerWithout is what happens where a route leads nowhere. Istio: routes of the Gateway API set ClusterNotFoundResponseCode.
func answerWithout(r *mesh.Route, rule *mesh.RouteRule) string {
	switch {
	case rule.From == fromGatewayAPI && r.Kind != mesh.HTTPRoute:
		return "connections are closed"
	case rule.From == fromGatewayAPI:
		return "requests are answered 500"
	}
	return "requests are answered 503"
}

// describe names what a backend lacks.
func describe(b mesh.Backend, t targets) string {
	switch {
	case b.Host == noWeight.host:
		return "backend that has a weight"
	case b.Host == "":
		return "such kind of backend"
	case t.pool(b.Host, b.Port, ""):
		return fmt.Sprintf("subset %s of %s", b.Subset, b.Host)
	case t.service(b.Host) != nil:
		return fmt.Sprintf("port %d of %s", b.Port, b.Host)
	}
	return "host " + b.Host
}
