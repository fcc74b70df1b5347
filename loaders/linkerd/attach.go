package linkerd

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/loaders/gateway"
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

const kindEgressNetwork = "EgressNetwork"

// attachment is a route of the Gateway API on a Service.
type attachment struct {
	*gateway.Route
	parent gateway.Parent
	// refused is why it counts for nothing although it is admitted, and where; "" if it counts.
	refused string
	at      mesh.Origin
}

// covers reports whether a route is attached to a port: to one, or to all.
func (a attachment) covers(p *port) bool { return a.parent.Port == 0 || a.parent.Port == p.Number }

// concerns reports whether callers of a namespace obey a route. One in the namespace of its Service holds for everybody, and one
// elsewhere for callers of its own namespace.
func (a attachment) concerns(namespace, parent string) bool {
	return a.Namespace == parent || a.Namespace == namespace
}

// attach finds the routes of every Service. Headless and ExternalName Services are no parents.
func (w *world) attach() {
	w.attached = map[kubernetes.Key][]attachment{}
	for _, route := range w.routes {
		for _, parent := range route.Parents {
			w.attachEgress(route, parent)
			if parent.Kind != "Service" || parent.Group != "" && parent.Group != "core" {
				continue
			}
			key := kubernetes.Key{Namespace: parent.In(route.Namespace), Name: parent.Name}
			s := w.services[key]
			switch {
			case s == nil:
				w.tell(mesh.FactDanglingHost, route, parent.Origin, "", fmt.Sprintf("%s %s attaches to Service %s/%s, which does not exist in cluster %s: it routes nothing.",
					route.Kind, route.Key(), key.Namespace, key.Name, w.at.Name))
				continue
			case s.headless:
				continue
			}
			a := attachment{Route: route, parent: parent}
			if a.refused, a.at = refusal(route); a.refused != "" {
				w.tell(mesh.FactInvalid, route, a.at, s.public.ID, fmt.Sprintf("Linkerd does not carry out %s %s at all, because %s: requests go as if it were not there, or as its last version says.",
					route.Kind, route.Key(), a.refused))
			}
			w.attached[key] = append(w.attached[key], a)
		}
	}
}

// attachEgress tells of routes for what leaves the mesh that come to nothing. What the others do has no cell: a destination outside is
// no service of the mesh.
func (w *world) attachEgress(route *gateway.Route, parent gateway.Parent) {
	if parent.Kind != kindEgressNetwork || parent.Group != groupPolicy {
		return
	}
	key := kubernetes.Key{Namespace: parent.In(route.Namespace), Name: parent.Name}
	switch {
	case w.EgressNetworks[key] == nil && !w.wasRefused(kindEgressNetwork, key):
		w.tell(mesh.FactDanglingHost, route, parent.Origin, "", fmt.Sprintf("%s %s attaches to EgressNetwork %s/%s, which does not exist in cluster %s: it routes nothing.",
			route.Kind, route.Key(), key.Namespace, key.Name, w.at.Name))
	case parent.Port == 0:
		w.tell(mesh.FactInvalid, route, parent.Origin, "", fmt.Sprintf("Linkerd refuses %s %s: a route on an EgressNetwork has to name a port.", route.Kind, route.Key()))
	}
}

// told is a fact that was noted.
type told struct {
	at      mesh.Origin
	message string
}

// tell notes a fact about a route, once for each place.
func (w *world) tell(kind mesh.FactKind, route *gateway.Route, at mesh.Origin, of mesh.ServiceID, message string) {
	if w.told[told{at, message}] {
		return
	}
	w.told[told{at, message}] = true
	r := route.Resource()
	r.Cluster = w.at.Name
	w.facts = append(w.facts, &mesh.Fact{Kind: kind, Origin: at, Service: of, Resource: r, Message: message})
}

// refusal is why the policy controller cannot carry a route out as a whole (linkerd2 policy-controller outbound index).
func refusal(route *gateway.Route) (string, mesh.Origin) {
	if (route.Kind == gateway.TLSRoute || route.Kind == gateway.TCPRoute) && len(route.Rules) != 1 {
		return "it has to have exactly one rule", route.At("/spec/rules")
	}
	for i := range route.Rules {
		rule := &route.Rules[i]
		if f := unsupported(rule.Filters); f != nil {
			return "it does not support the filter " + f.Type, f.Origin
		}
		for j := range rule.Backends {
			if f := unsupported(rule.Backends[j].Filters); f != nil {
				return "it does not support the filter " + f.Type, f.Origin
			}
		}
	}
	return "", mesh.Origin{}
}

func unsupported(filters []gateway.Filter) *gateway.Filter {
	i := slices.IndexFunc(filters, func(f gateway.Filter) bool {
		switch f.Type {
		case "RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect":
			return false
		}
		return true
	})
	if i < 0 {
		return nil
	}
	return &filters[i]
}

// precedence of the kinds: one that comes earlier turns those that come later off, on the same port of a Service.
var precedence = []string{gateway.GRPCRoute, gateway.HTTPRoute, gateway.TLSRoute, gateway.TCPRoute}

// winners are the routes that govern a port for these callers, and what of the others comes to nothing.
func (r *routing) winners() (kind string, list []attachment, losses []mesh.Loss) {
	var candidates []attachment
	for _, a := range r.world.attached[r.Key] {
		if !a.covers(r.port) || !a.concerns(r.namespace, r.Namespace) {
			continue
		}
		switch isHTTP := a.Kind == gateway.GRPCRoute || a.Kind == gateway.HTTPRoute; {
		case a.refused != "":
			losses = append(losses, mesh.Loss{Kind: mesh.LossConverted, Takes: mesh.TakesRoute, Origin: a.at, Of: a.At(""), Detail: a.Kind + " " + a.Key() + " is not carried out: " + a.refused})
		case isHTTP && r.port.opaque:
			losses = append(losses, mesh.Loss{Kind: mesh.LossOpaque, Takes: mesh.TakesRoute, Origin: r.port.opaqueFrom, Of: a.At(""), Detail: "the port is opaque, and " + a.Kind + " " + a.Key() + " routes requests"})
		default:
			candidates = append(candidates, a)
		}
	}
	for _, k := range precedence {
		for _, a := range candidates {
			switch {
			case a.Kind == k && (kind == "" || kind == k):
				kind = k
				list = append(list, a)
			case a.Kind == k:
				losses = append(losses, mesh.Loss{Kind: mesh.LossOutranked, Takes: mesh.TakesRoute, Origin: list[0].At(""), Of: a.At(""),
					Detail: a.Kind + " " + a.Key() + " loses against " + list[0].Kind + " " + list[0].Key() + " on the same Service"})
			}
		}
	}
	return kind, list, losses
}
