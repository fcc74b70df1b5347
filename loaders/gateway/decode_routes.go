package gateway

import (
	"strconv"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/passmuster/muster/mesh"
)

func (o *object) decode() (Decoded, error) {
	switch o.meta.Kind {
	case HTTPRoute:
		return o.httpRoute()
	case GRPCRoute:
		return o.grpcRoute()
	case TLSRoute:
		return o.tlsRoute()
	case TCPRoute:
		return o.tcpRoute()
	case KindGateway:
		return o.gateway()
	case KindGatewayClass:
		return o.class()
	case KindReferenceGrant:
		return o.grant()
	}
	return o.tlsPolicy()
}

func (o *object) httpRoute() (Decoded, error) {
	var spec gatewayv1.HTTPRouteSpec
	if err := o.into(&spec); err != nil {
		return Decoded{}, err
	}
	rules := spec.Rules
	if len(rules) == 0 {
		rules = []gatewayv1.HTTPRouteRule{{}} // the CRD's default
	}
	r := o.route(&spec.CommonRouteSpec, spec.Hostnames)
	for i := range rules {
		rule, at := &rules[i], o.ruleAt(i)
		if len(spec.Rules) == 0 {
			at = o.meta.At("/spec")
		}
		out := Rule{Name: text(rule.Name), Origin: at, Timeouts: timeouts(rule.Timeouts, at), Retry: retry(rule.Retry, at), Sticky: sticky(rule.SessionPersistence, at)}
		matches := rule.Matches
		if len(matches) == 0 {
			matches = []gatewayv1.HTTPRouteMatch{{}} // the CRD's default
		}
		for j := range matches {
			out.Matches = append(out.Matches, httpMatch(&matches[j], index(at, "matches", j)))
		}
		for j := range rule.Filters {
			out.Filters = append(out.Filters, o.filter(&rule.Filters[j], index(at, "filters", j)))
		}
		for j := range rule.BackendRefs {
			ref := &rule.BackendRefs[j]
			b := o.backend(&ref.BackendRef, index(at, "backendRefs", j))
			for k := range ref.Filters {
				b.Filters = append(b.Filters, o.filter(&ref.Filters[k], index(b.Origin, "filters", k)))
			}
			out.Backends = append(out.Backends, b)
		}
		r.Rules = append(r.Rules, out)
	}
	return Decoded{Route: r}, nil
}

func (o *object) grpcRoute() (Decoded, error) {
	var spec gatewayv1.GRPCRouteSpec
	if err := o.into(&spec); err != nil {
		return Decoded{}, err
	}
	r := o.route(&spec.CommonRouteSpec, spec.Hostnames)
	for i := range spec.Rules {
		rule, at := &spec.Rules[i], o.ruleAt(i)
		out := Rule{Name: text(rule.Name), Origin: at, Sticky: sticky(rule.SessionPersistence, at)}
		for j := range rule.Matches {
			out.Matches = append(out.Matches, grpcMatch(&rule.Matches[j], index(at, "matches", j)))
		}
		for j := range rule.Filters {
			out.Filters = append(out.Filters, o.grpcFilter(&rule.Filters[j], index(at, "filters", j)))
		}
		for j := range rule.BackendRefs {
			ref := &rule.BackendRefs[j]
			b := o.backend(&ref.BackendRef, index(at, "backendRefs", j))
			for k := range ref.Filters {
				b.Filters = append(b.Filters, o.grpcFilter(&ref.Filters[k], index(b.Origin, "filters", k)))
			}
			out.Backends = append(out.Backends, b)
		}
		r.Rules = append(r.Rules, out)
	}
	return Decoded{Route: r}, nil
}

func (o *object) tlsRoute() (Decoded, error) {
	var spec gatewayv1.TLSRouteSpec
	if err := o.into(&spec); err != nil {
		return Decoded{}, err
	}
	r := o.route(&spec.CommonRouteSpec, spec.Hostnames)
	for i := range spec.Rules {
		r.Rules = append(r.Rules, o.l4Rule(text(spec.Rules[i].Name), spec.Rules[i].BackendRefs, o.ruleAt(i)))
	}
	return Decoded{Route: r}, nil
}

func (o *object) tcpRoute() (Decoded, error) {
	var spec gatewayv1.TCPRouteSpec
	if err := o.into(&spec); err != nil {
		return Decoded{}, err
	}
	r := o.route(&spec.CommonRouteSpec, nil)
	for i := range spec.Rules {
		r.Rules = append(r.Rules, o.l4Rule(text(spec.Rules[i].Name), spec.Rules[i].BackendRefs, o.ruleAt(i)))
	}
	return Decoded{Route: r}, nil
}

func (o *object) l4Rule(name string, refs []gatewayv1.BackendRef, at mesh.Origin) Rule {
	out := Rule{Name: name, Origin: at}
	for j := range refs {
		out.Backends = append(out.Backends, o.backend(&refs[j], index(at, "backendRefs", j)))
	}
	return out
}

// route is what all kinds of routes have in common.
func (o *object) route(spec *gatewayv1.CommonRouteSpec, hostnames []gatewayv1.Hostname) *Route {
	r := &Route{Meta: o.meta}
	for i := range spec.ParentRefs {
		ref := &spec.ParentRefs[i]
		p := Parent{
			Reference:   Reference{Group: coreGroup(or(ref.Group, o.meta.Group)), Kind: or(ref.Kind, KindGateway), Namespace: text(ref.Namespace), Name: string(ref.Name)},
			SectionName: text(ref.SectionName), Port: number(ref.Port), Origin: index(o.meta.At("/spec"), "parentRefs", i),
		}
		o.portIn(ref.Port, p.Origin)
		r.Parents = append(r.Parents, p)
	}
	for _, h := range hostnames {
		r.Hostnames = append(r.Hostnames, string(h))
	}
	return r
}

func (o *object) ruleAt(i int) mesh.Origin { return index(o.meta.At("/spec"), "rules", i) }

func (o *object) backend(ref *gatewayv1.BackendRef, at mesh.Origin) Backend {
	b := o.backendTo(&ref.BackendObjectReference, at)
	if ref.Weight != nil {
		weight := int(*ref.Weight)
		b.Weight = &weight
		if weight < 0 || weight > 1_000_000 {
			o.invalid(at.Child("weight"), "a weight is between 0 and 1000000")
		}
	}
	return b
}

func (o *object) backendTo(ref *gatewayv1.BackendObjectReference, at mesh.Origin) Backend {
	o.portIn(ref.Port, at)
	return Backend{
		Reference: Reference{Group: coreGroup(or(ref.Group, "")), Kind: or(ref.Kind, "Service"), Namespace: text(ref.Namespace), Name: string(ref.Name)},
		Port:      number(ref.Port), Origin: at,
	}
}

// coreGroup: "core" stands for the group without a name in many manifests, and implementations read it so.
func coreGroup(group string) string {
	if group == "core" {
		return ""
	}
	return group
}

// portIn tells of a port that there is none of.
func (o *object) portIn(port *gatewayv1.PortNumber, at mesh.Origin) {
	if port != nil && (*port < 1 || *port > 65535) {
		o.invalid(at.Child("port"), "a port is between 1 and 65535")
	}
}

func index(at mesh.Origin, list string, i int) mesh.Origin {
	return at.Child(list).Child(strconv.Itoa(i))
}

// text is a string that may be missing.
func text[T ~string](s *T) string { return or(s, "") }

func or[T ~string](s *T, def string) string {
	if s == nil {
		return def
	}
	return string(*s)
}

func number[T ~int | ~int32](n *T) int {
	if n == nil {
		return 0
	}
	return int(*n)
}
