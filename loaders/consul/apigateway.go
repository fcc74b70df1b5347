package consul

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// Kinds of the entries of API gateways.
const (
	apiGateway      = "api-gateway"
	httpRoute       = "http-route"
	tcpRoute        = "tcp-route"
	inlineCert      = "inline-certificate"
	fileCertificate = "file-system-certificate"
)

// Listener is one of an API gateway.
type Listener struct {
	Name, Protocol string // "http" or "tcp"
	Certificates   []Named
	Origin         mesh.Origin
}

// Named is a reference to another entry.
type Named struct {
	Kind, Name, Section string
	Origin              mesh.Origin
}

// Attached is a route of API gateways: whose listeners it wants, and the services that it leads to.
type Attached struct {
	Protocol string // "http" or "tcp"
	Parents  []Named
	Services []Named
	Origin   mesh.Origin
}

func (d *decoder) listeners(v *value) []Listener {
	out := []Listener{}
	for _, l := range v.find("listeners").elements() {
		one := Listener{Name: d.text(l.find("name")), Protocol: strings.ToLower(d.text(l.find("protocol"))), Origin: d.origin(l)}
		for _, c := range l.find("tls").object().find("certificates").elements() {
			one.Certificates = append(one.Certificates, Named{Kind: cmp.Or(d.text(c.find("kind")), inlineCert), Name: d.text(c.find("name")), Origin: d.origin(c)})
		}
		out = append(out, one)
	}
	return out
}

func (d *decoder) attached(v *value, protocol string) *Attached {
	out := &Attached{Protocol: protocol, Origin: d.origin(v)}
	for _, p := range v.find("parents").elements() {
		out.Parents = append(out.Parents, Named{Kind: cmp.Or(d.text(p.find("kind")), apiGateway), Name: d.text(p.find("name")), Section: d.text(p.find("sectionname")), Origin: d.origin(p)})
	}
	add := func(list []*value) {
		for _, s := range list {
			out.Services = append(out.Services, Named{Name: d.text(s.find("name")), Origin: d.origin(s)})
		}
	}
	add(v.find("services").elements())
	for _, r := range v.find("rules").elements() {
		add(r.find("services").elements())
	}
	return out
}

// listenersShape says what of an API gateway Consul refuses on write (Consul: APIGatewayConfigEntry.Validate).
func (e *Entry) listenersShape() *Problem {
	if len(e.Listeners) == 0 {
		return &Problem{"malformed", "an API gateway has at least one listener", e.Origin}
	}
	seen := map[string]bool{}
	for _, l := range e.Listeners {
		if l.Name == "" || seen[l.Name] {
			return &Problem{"malformed", "the listeners of an API gateway have names, each one of its own", l.Origin}
		}
		seen[l.Name] = true
	}
	return nil
}

// bind finds the services that the API gateways of a group lead to, by the routes that some listener takes (sheet, section 2.1: the
// protocol of a route must be that of the chains of its services).
func (g *federated) bind() {
	for _, e := range g.entries {
		if e.Attached == nil {
			continue
		}
		for _, p := range e.Attached.Parents {
			if g.unbound(e.Attached, p) != "" {
				continue
			}
			for _, s := range e.Attached.Services {
				if s.Name != "" && g.speaksAs(e.Attached, s) {
					g.bound[p.Name] = append(g.bound[p.Name], Upstream{Name: s.Name, Origin: s.Origin})
				}
			}
		}
	}
}

// speaksAs reports whether a service speaks what a route is for.
func (g *federated) speaksAs(r *Attached, s Named) bool {
	return isHTTP(g.fleet.store.protocol(s.Name)) == (r.Protocol == "http")
}

// unbound is why a parent of a route takes none of its requests; "" if one of its listeners takes them, or nothing is known of it.
func (g *federated) unbound(r *Attached, p Named) string {
	gw := g.byName[[2]string{apiGateway, p.Name}]
	if p.Kind != apiGateway || gw == nil {
		return "there is no API gateway " + p.Name + " among the entries"
	}
	for _, l := range gw.Listeners {
		if (p.Section == "" || p.Section == l.Name) && l.Protocol == r.Protocol {
			return ""
		}
	}
	if p.Section != "" {
		return fmt.Sprintf("the API gateway %s has no listener %s for %s", p.Name, p.Section, r.Protocol)
	}
	return fmt.Sprintf("the API gateway %s has no listener for %s", p.Name, r.Protocol)
}

// gatewayFacts tells of routes that no listener takes, of services that routes lead to and that do not exist, and of certificates
// that do not. A gateway or a certificate may be written elsewhere: that alone is no certain harm.
func (m *Mesh) gatewayFacts(g *federated, e *Entry) {
	for _, l := range e.Listeners {
		for _, c := range l.Certificates {
			if g.byName[[2]string{c.Kind, c.Name}] == nil {
				m.fact(g, e, mesh.FactDanglingHost, c.Origin, "The listener %s of the API gateway %s names the %s %s, which is not among the entries: without it the listener has no certificate.", l.Name, e.Name, c.Kind, c.Name)
			}
		}
	}
	r := e.Attached
	if r == nil {
		return
	}
	takes := slices.ContainsFunc(r.Parents, func(p Named) bool { return g.unbound(r, p) == "" })
	for _, p := range r.Parents {
		if why := g.unbound(r, p); why != "" {
			m.fact(g, e, mesh.FactDanglingHost, p.Origin, "No request comes to the %s %s this way: %s.", e.Kind, e.Name, why).Harm = !takes && g.byName[[2]string{apiGateway, p.Name}] != nil
		}
	}
	for _, s := range r.Services {
		about := m.about(g, s.Name)
		switch {
		case s.Name == "":
		case !g.speaksAs(r, s):
			m.fact(g, e, mesh.FactDanglingHost, s.Origin, "The %s %s is not bound: %s speaks %s, and the route is for %s.", e.Kind, e.Name, s.Name, g.fleet.store.protocol(s.Name), r.Protocol).Harm =
				takes && (g.fleet.store.proxy != nil || g.fleet.store.defaults[s.Name] != nil) // else the entry that tells may be elsewhere
		case m.complete(g) && !g.registered(m, s.Name) && !g.links(s.Name) && g.fleet.store.resolvers[s.Name] == nil:
			f := m.fact(g, e, mesh.FactDanglingHost, s.Origin, "The %s %s leads to %s, which is registered in the mesh nowhere: its requests fail.", e.Kind, e.Name, s.Name)
			f.Harm, f.Service = takes, about
		}
	}
}
