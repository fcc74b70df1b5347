package consul

import (
	"cmp"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// guard says what the endpoints of a service accept: mTLS, and callers by the intentions that are written for it.
func (e *entity) guard(m *Mesh) {
	var in *mesh.Inbound
	for _, ep := range e.Endpoints {
		if ep.Inbound != nil || ep.Service == nil {
			continue
		}
		owner := m.byService[ep.Service.ID]
		if owner != e {
			if owner == nil || m.own(owner.area) {
				continue // its own turn comes, or has come
			}
			ep.Inbound = owner.inbound(m)
			continue
		}
		if in == nil {
			in = e.inbound(m)
		}
		ep.Inbound = in
	}
}

func (e *entity) inbound(m *Mesh) *mesh.Inbound {
	g := e.area.group
	port := mesh.InboundPort{Mode: mesh.Strict, Origin: mesh.Default("Consul")}
	mode, at := "", mesh.Origin{}
	if p := g.fleet.store.proxy; p != nil {
		mode, at = p.MutualTLS, p.MutualTLSAt
	}
	if d := g.fleet.store.defaults[e.name]; d != nil && d.MutualTLS != "" {
		mode, at = d.MutualTLS, d.MutualTLSAt
	}
	if mode == "permissive" && g.wide != nil && g.wide.AllowPermissive {
		port.Mode, port.Origin = mesh.Permissive, at
	}
	return &mesh.Inbound{TrustDomain: g.trust, Ports: []mesh.InboundPort{port}, Authorization: g.authorization(m, e.name)}
}

// intention is a source of the intentions for a service, with its rank among them.
type intention struct {
	IntentionSource
	entry      *Entry
	precedence int
	principals []string // patterns
}

// precedence orders intentions: an exact destination before an exact source before wildcards (section 2.1 of the sheet: the
// highest that matches decides alone). Consul: documentation of service intentions, precedence 9, 8, 6 and 5.
func precedence(destination, source string) int {
	switch {
	case destination != "*" && source != "*":
		return 9
	case destination != "*":
		return 8
	case source != "*":
		return 6
	}
	return 5
}

// authorization is what the intentions for a service come to; nil where nobody wrote any, and nobody says what holds then.
// Those of a lower rank hold for whom no higher one names.
func (g *federated) authorization(m *Mesh, service string) *mesh.Authorization {
	var list []intention
	acl, decided := g.acl, mesh.Origin{Note: "no intention, and the default of ACLs is not in the inputs"}
	if len(g.intentions) == 0 && g.acl == "" {
		return nil
	}
	entries := g.intentions[service]
	if service != "*" {
		entries = slices.Concat(entries, g.intentions["*"])
	}
	for _, e := range entries {
		for _, s := range e.Intentions.Sources {
			if e.Name == "*" && s.Name == "*" && s.Peer == "" && !s.Permissions {
				acl, decided = "deny", s.Origin // for everybody of the own federation whom no other names
				switch {
				case s.Allow && e.Intentions.JWT:
					acl = "" // whoever has a token
				case s.Allow:
					acl = "allow"
				}
				continue
			}
			list = append(list, intention{s, e, precedence(e.Name, s.Name), m.principals(g, s)})
		}
	}
	slices.SortStableFunc(list, func(a, b intention) int { return b.precedence - a.precedence })
	out := &mesh.Authorization{}
	var above []string // whom intentions of a higher rank name
	for i := 0; i < len(list); {
		rank, from := list[i].precedence, i
		for ; i < len(list) && list[i].precedence == rank; i++ {
			one := list[i]
			if len(one.principals) == 0 {
				continue
			}
			p := mesh.AuthzPolicy{Name: namespace + "/" + one.entry.Name, Origin: one.Origin, Rules: []mesh.AuthzRule{{
				From: []mesh.AuthzSource{{Principals: one.principals, NotPrincipals: above}}, RequestBound: one.Permissions || one.Allow && one.entry.Intentions.JWT, Origin: one.Origin}}}
			if one.Allow || one.Permissions {
				out.Allow = append(out.Allow, p)
			} else {
				out.Deny = append(out.Deny, p)
			}
		}
		above = slices.Clone(above)
		for _, one := range list[from:i] {
			above = append(above, one.principals...)
		}
	}
	rest := mesh.AuthzPolicy{Name: "the default", Origin: decided}
	everyone := mesh.AuthzRule{Origin: rest.Origin}
	if len(above) > 0 {
		everyone.From = []mesh.AuthzSource{{NotPrincipals: above}}
	}
	switch acl {
	case "allow":
		rest.Rules = []mesh.AuthzRule{everyone}
	case "":
		everyone.RequestBound = true
		rest.Rules = []mesh.AuthzRule{everyone}
	}
	if len(rest.Rules) > 0 || len(out.Allow) == 0 {
		out.Allow = append(out.Allow, rest) // without rules it admits nobody, and keeps others out
	}
	return out
}

// principals are the identities that a source of an intention stands for: a service in all datacenters that share the
// entries, or at a peer.
func (m *Mesh) principals(g *federated, s IntentionSource) []string {
	var places []*area
	switch {
	case s.Peer == "":
		for _, dc := range g.members {
			places = append(places, m.areas[dc])
		}
	case g.mesh == m.in.Mesh.Name:
		if at := g.peers[s.Peer]; at != nil {
			places = append(places, at)
		}
	default: // a peer's entries call us by the name that it has for us
		for _, p := range m.in.Peers {
			if cmp.Or(p.Cluster.ConfigCluster, p.Cluster.Name) != g.primary || p.As != s.Peer {
				continue
			}
			for _, other := range m.groups {
				if other.mesh == m.in.Mesh.Name && other != g {
					for _, dc := range other.members {
						places = append(places, m.areas[dc])
					}
				}
			}
		}
	}
	out := make([]string, 0, len(places))
	for _, a := range places {
		if id := a.identity(s.Name); !slices.Contains(out, id) {
			out = append(out, id) // "*" stands at the end, and matches as an affix
		}
	}
	return out
}
