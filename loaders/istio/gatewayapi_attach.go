package istio

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/loaders/gateway"
	"github.com/passmuster/muster/mesh"
)

// attachedTo are the places where a route acts by one of its parents. A parent that there is none of, and one that does not take the
// route, are noted. Istio: extractParentReferenceInfo.
func (w *world) attachedTo(r *gateway.Route, p *gateway.Parent) []attachment {
	if list, exists, ok := w.inMesh(r, p); ok {
		if !exists {
			w.noteParent(r, p, mesh.FactDanglingHost, fmt.Sprintf("is for %s %s/%s, which does not exist: nobody obeys it there", p.Kind, p.In(r.Namespace), p.Name))
		}
		return list
	}
	if !p.Is(gateway.Group, gateway.KindGateway) {
		return nil // for somebody else
	}
	key := p.In(r.Namespace) + "/" + p.Name
	g := w.apiGateways[key]
	if g == nil {
		if !slices.ContainsFunc(w.config.KubeGateways, func(k *gateway.Gateway) bool { return k.Key() == key }) {
			w.noteParent(r, p, mesh.FactDanglingHost, fmt.Sprintf("is attached to Gateway %s, which does not exist: nobody obeys it there", key))
		}
		return nil
	}
	var out []attachment
	var why []string
	for _, l := range g.listeners {
		reason := l.refuses(r, p)
		if reason == "" {
			out = append(out, g.attachment(r, l))
			if l.guessed[r.Namespace] {
				w.noteParent(r, p, mesh.FactUnsupported, fmt.Sprintf("is taken to be let in by listener %s of Gateway %s: whether it is depends on the labels of Namespace %s, which are not among the inputs", l.Name, key, r.Namespace))
			}
		} else if !slices.Contains(why, reason) {
			why = append(why, reason)
		}
	}
	if len(out) == 0 {
		slices.Sort(why)
		w.noteParent(r, p, mesh.FactInvalid, fmt.Sprintf("is not accepted by Gateway %s, and no request follows it there: %s", key, cmp.Or(strings.Join(why, "; "), "it has no listener")))
	}
	return out
}

// noteParent says something about a parent of a route, once.
func (w *world) noteParent(r *gateway.Route, p *gateway.Parent, kind mesh.FactKind, what string) {
	at := p.Origin
	if kind != mesh.FactUnsupported {
		at = at.Child("name")
	}
	w.apiNotes = append(w.apiNotes, &mesh.Fact{Kind: kind, Origin: at, Resource: r.Resource(), Message: r.Kind + " " + r.Key() + " " + what})
}

// refuses tells why a listener does not take a route by one of its parents; "" if it does. Istio: referenceAllowed.
func (l *apiListener) refuses(r *gateway.Route, p *gateway.Parent) string {
	switch {
	case p.Port != 0 && p.Port != l.Port:
		return fmt.Sprintf("it has no listener on port %d", p.Port)
	case p.SectionName != "" && p.SectionName != l.Name:
		return fmt.Sprintf("it has no listener %s", p.SectionName)
	case l.conflicts != nil:
		return fmt.Sprintf("listener %s is left out, for listener %s stands on the same port and name before it", l.Name, l.conflicts.Name)
	}
	if len(l.server.hosts) == 0 {
		return fmt.Sprintf("listener %s lets in no namespace", l.Name)
	}
	named := false
	for _, h := range hostsOr(r.Hostnames, "*") {
		for _, own := range l.server.hosts {
			namespace, name, ok := strings.Cut(own, "/")
			if !ok {
				namespace, name = r.Namespace, own
			}
			if !hostsMatch(name, h) {
				continue
			}
			named = true
			if namespace == r.Namespace {
				if !l.takes(r.Kind) {
					return fmt.Sprintf("listener %s takes no %s", l.Name, r.Kind)
				}
				return ""
			}
		}
	}
	if !named {
		return fmt.Sprintf("none of its hostnames is one of listener %s (%s)", l.Name, cmp.Or(l.Hostname, "*"))
	}
	return fmt.Sprintf("listener %s lets in no routes of namespace %s", l.Name, r.Namespace)
}

// attachment is a route at a listener. A hostname that another listener of the same port and protocol stands for more exactly
// belongs to that one. Istio: hostnameAllowedByIsolation.
func (g *apiGateway) attachment(r *gateway.Route, l *apiListener) attachment {
	a := attachment{gateway: l.server.gateway, key: l.server.gateway, listenerHost: l.Hostname}
	switch r.Kind {
	case gateway.TCPRoute:
		a.hosts = []string{"*"}
		return a
	case gateway.TLSRoute:
		a.hosts = hostsOr(r.Hostnames, "*")
		if l.Hostname != "" {
			a.hosts = intersect(a.hosts, []string{l.Hostname})
		}
		return a
	}
	for _, h := range hostsOr(r.Hostnames, "*") {
		if g.belongsTo(h, l) {
			a.hosts = append(a.hosts, h)
		}
	}
	return a
}

func (g *apiGateway) belongsTo(host string, l *apiListener) bool {
	own := l.Hostname
	if own != "" && !isWildcard(own) {
		return true
	}
	if own != "" && !hostsMatch(host, own) {
		return false
	}
	for _, other := range g.listeners {
		if other == l || other.Port != l.Port || other.Protocol != l.Protocol || other.Hostname == own || len(own) > len(other.Hostname) {
			continue
		}
		if subsetOf(host, other.Hostname) {
			return false
		}
	}
	return true
}

// attachment is one place where a route acts: the mesh, or a listener of a Gateway.
type attachment struct {
	gateway      string   // "mesh", or the name of the listener's Gateway of Istio
	key          string   // rules with equal keys and hosts become one source
	hosts        []string // that the route is for there
	port         int      // of the parent that it is for alone; 0 = all
	listenerHost string
}

// inMesh are the attachments of a route to a Service or ServiceEntry; ok is false if the parent is none, and there are none if it
// does not exist where the configuration is read. Istio: referenceAllowed.
func (w *world) inMesh(r *gateway.Route, p *gateway.Parent) (list []attachment, exists, ok bool) {
	namespace := p.In(r.Namespace)
	a := attachment{gateway: meshGateway, key: r.Namespace, port: p.Port}
	if p.Port != 0 {
		a.key += "/" + strconv.Itoa(p.Port)
	}
	switch {
	case p.Is("", "Service"):
		if !w.declared(namespace, p.Name) {
			return nil, false, true
		}
		a.hosts = []string{w.serviceHost(p.Name, namespace)}
		return []attachment{a}, true, true
	case p.Is(groupNetworking, "ServiceEntry"):
		for _, e := range w.config.ServiceEntries {
			if e.Namespace == namespace && e.Name == p.Name {
				a.hosts = e.Spec.Hosts
				return []attachment{a}, true, true
			}
		}
		return nil, false, true
	}
	return nil, false, false
}

// refuse notes a route that Istio does not take.
func (w *world) refuse(r *gateway.Route, why *refusal) {
	w.apiNotes = append(w.apiNotes, &mesh.Fact{
		Kind: mesh.FactInvalid, Origin: why.at, Resource: r.Resource(),
		Message: "Istio takes no notice of " + r.Kind + " " + r.Key() + ": " + why.why,
	})
}
