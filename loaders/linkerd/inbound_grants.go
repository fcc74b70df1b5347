package linkerd

import (
	"slices"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// grant is one authorization as one Server has it.
type grant struct {
	key    string // equal for grants that admit the same callers
	name   string // of the object; "" for the accessPolicy of a Server
	origin mesh.Origin
	from   []mesh.AuthzSource
	bound  bool        // to requests, or to something that the inputs lack
	whom   mesh.Origin // the list of identities that it admits, or else of networks that the gateway is not in; zero if it has none
}

// servers adds what the Servers for a port let through. Where there are several, one of them counts, and
// nothing in the inputs tells which: certain is only what each of them lets through.
func (b *guarding) servers(port int) {
	var all [][]grant
	for _, s := range b.cluster.Servers[b.subject.Namespace] {
		if !slices.Contains(s.ports(b.subject), port) {
			continue
		}
		if len(all) == 0 {
			b.authz.Refusals = append(b.authz.Refusals, mesh.Refusal{Port: port, Origin: s.access()})
		}
		all = append(all, b.grants(s))
	}
	if len(all) == 1 {
		b.refuseAt(port, all[0])
	}
	b.ports = append(b.ports, port)
	var done []string
	for _, list := range all {
		for _, g := range list {
			if slices.Contains(done, g.key) {
				continue
			}
			done = append(done, g.key)
			for _, other := range all {
				if i := slices.IndexFunc(other, func(o grant) bool { return o.key == g.key }); i < 0 || other[i].bound {
					g.bound = true
				}
			}
			b.allow(port, g)
		}
	}
}

// refuseAt points a refusal at the list of identities that a caller would have to be on, where there is only one.
func (b *guarding) refuseAt(port int, grants []grant) {
	var lists []mesh.Origin
	for _, g := range grants {
		if !g.whom.IsZero() && !slices.Contains(lists, g.whom) {
			lists = append(lists, g.whom)
		}
	}
	if last := &b.authz.Refusals[len(b.authz.Refusals)-1]; len(lists) == 1 && last.Port == port {
		last.Origin = lists[0]
	}
}

// allow adds a grant on a port; what one object grants on several ports is one policy.
func (b *guarding) allow(port int, g grant) {
	i := slices.IndexFunc(b.authz.Allow, func(p mesh.AuthzPolicy) bool { return p.Name == g.name && p.Origin == g.origin })
	if i < 0 {
		i = len(b.authz.Allow)
		b.authz.Allow = append(b.authz.Allow, mesh.AuthzPolicy{Name: g.name, Origin: g.origin})
	}
	p := &b.authz.Allow[i]
	for j := range p.Rules {
		if p.Rules[j].RequestBound == g.bound {
			p.Rules[j].Ports = append(p.Rules[j].Ports, port)
			return
		}
	}
	p.Rules = append(p.Rules, mesh.AuthzRule{From: g.from, Ports: []int{port}, RequestBound: g.bound, Origin: g.origin})
}

// grants are the authorizations of a Server: those for it, for its namespace, its accessPolicy, and those
// for routes that are attached to it, which add to the others. With routes, a request that matches none of
// them gets 404.
func (b *guarding) grants(s *Server) []grant {
	var out []grant
	routes := b.cluster.routesOf(s)
	catchAll := slices.ContainsFunc(routes, func(r *InboundRoute) bool { return r.CatchAll })
	bound := len(routes) > 0 && !catchAll
	for _, a := range b.cluster.ServerAuthorizations[s.Namespace] {
		if a.selects(s) {
			out = append(out, b.serverAuthorization(a, bound))
		}
	}
	for _, p := range b.cluster.Policies[s.Namespace] {
		switch {
		case p.Kind == TargetServer && p.Target == s.Name, p.Kind == TargetNamespace:
			if g, ok := b.authorizationPolicy(p); ok {
				g.bound = g.bound || bound
				out = append(out, g)
			}
		case slices.ContainsFunc(routes, p.isFor):
			if g, ok := b.authorizationPolicy(p); ok {
				g.bound = g.bound || len(routes) > 1 || !catchAll
				out = append(out, g)
			}
		}
	}
	if p, ok := parsePolicy(s.AccessPolicy); ok && !p.deny {
		out = append(out, grant{key: "access " + p.name, origin: s.access(), from: b.from(p), bound: bound})
	}
	return out
}

// routesOf are the routes that requests to a Server are matched with.
func (c *Cluster) routesOf(s *Server) []*InboundRoute {
	var out []*InboundRoute
	for _, r := range c.Routes[s.Namespace] {
		if s.sees(r.Kind) && slices.Contains(r.Servers, s.Name) {
			out = append(out, r)
		}
	}
	return out
}

// isFor reports whether a policy is for a route.
func (p *AuthorizationPolicy) isFor(r *InboundRoute) bool {
	return p.Kind == r.Kind && p.Target == r.Name && (reference{Group: p.Group, Kind: string(p.Kind)}).is(r.Group, string(r.Kind))
}

func (a *ServerAuthorization) selects(s *Server) bool {
	if a.Server != "" {
		return a.Server == s.Name
	}
	return a.Selector.Matches(labelSet(s.Labels))
}

// serverAuthorization: without networks it admits callers of the cluster's networks only.
func (b *guarding) serverAuthorization(a *ServerAuthorization, bound bool) grant {
	source := b.ofCluster(mesh.AuthzSource{})
	if a.Client.Networks != nil {
		source = b.cluster.restricted(mesh.AuthzSource{}, a.Client.Networks, a.At("/spec/client/networks"))
	}
	if a.MeshTLS {
		source.Principals = b.cluster.principals(a.Client.Identities, a.Accounts, nil)
	}
	return grant{key: "authorization " + a.Name, name: a.Namespace + "/" + a.Name, origin: a.At("/spec"), from: sources(source), bound: bound}
}

// principals are identities as they are matched: "*" is any, "*.x" those that end in ".x".
func (c *Cluster) principals(identities []string, accounts []kubernetes.Key, namespaces []string) []string {
	out := slices.Clone(identities)
	for _, a := range accounts {
		out = append(out, c.serviceAccountIdentity(a.Namespace, a.Name))
	}
	for _, ns := range namespaces {
		out = append(out, c.serviceAccountIdentity(ns, anyIdentity))
	}
	return out
}

// authorizationPolicy: all that it requires has to hold, and without requirements it admits everybody. Linkerd
// ignores a policy that requires what does not exist. If that was refused, it does not exist; if it is
// merely not in the inputs, nobody knows.
func (b *guarding) authorizationPolicy(p *AuthorizationPolicy) (grant, bool) {
	g := grant{key: "policy " + p.Name, name: p.Namespace + "/" + p.Name, origin: p.At("/spec")}
	var source mesh.AuthzSource
	for _, ref := range p.Refs {
		switch ref.Kind {
		case kindServiceAccount:
			source.Principals = []string{b.cluster.serviceAccountIdentity(ref.Namespace, ref.Name)}
		case kindMeshTLS:
			m := b.cluster.MeshTLS[ref.Key]
			if m == nil {
				g.bound = true
				if b.cluster.wasRefused(kindMeshTLS, ref.Key) {
					return grant{}, false
				}
				continue
			}
			source.Principals = b.cluster.principals(m.Identities, m.Accounts, m.Namespaces)
			if g.whom = m.At("/spec/identityRefs"); len(m.Identities) > 0 {
				g.whom = m.At("/spec/identities")
			}
		case kindNetworks:
			n := b.cluster.Networks[ref.Key]
			if n == nil {
				g.bound = true
				if b.cluster.wasRefused(kindNetworks, ref.Key) {
					return grant{}, false
				}
				continue
			}
			source = b.cluster.restricted(source, n.Networks, n.At("/spec/networks"))
			if g.whom.IsZero() && source.Addresses != nil && source.Addresses.Through == mesh.Denied {
				g.whom = source.Addresses.Origin
			}
		}
	}
	g.from = sources(source)
	return g, true
}

// wasRefused reports whether an object is in the inputs, and admission does not take it.
func (c *Cluster) wasRefused(kind string, key kubernetes.Key) bool {
	return c.left[SubjectKey{kind, key}]
}
