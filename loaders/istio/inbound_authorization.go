package istio

import (
	"slices"
	"strconv"
	"strings"

	security "istio.io/api/security/v1beta1"
	typev1 "istio.io/api/type/v1beta1"

	"github.com/passmuster/muster/mesh"
)

// annotationDryRun marks a policy that is evaluated and not obeyed.
const annotationDryRun = "istio.io/dry-run"

// authorization collects the policies that guard a workload: those of the root namespace, then
// those of its own; nil if there is none. Istio: ListAuthorizationPolicies.
func (w *world) authorization(namespace string, labels map[string]string, waypoint bool) *mesh.Authorization {
	var out *mesh.Authorization
	namespaces := []string{w.rootNamespace}
	if namespace != w.rootNamespace && namespace != "" {
		namespaces = append(namespaces, namespace)
	}
	for _, ns := range namespaces {
		for _, p := range w.inbound.policies[ns] {
			if p.Annotations[annotationDryRun] == "true" || !w.guards(p, namespace, labels, waypoint) {
				continue
			}
			if out == nil {
				out = &mesh.Authorization{}
			}
			policy := w.inbound.told[p]
			switch p.Spec.Action {
			case security.AuthorizationPolicy_ALLOW:
				out.Allow = append(out.Allow, policy)
			case security.AuthorizationPolicy_DENY:
				out.Deny = append(out.Deny, policy)
			case security.AuthorizationPolicy_CUSTOM:
				out.Custom = append(out.Custom, policy)
			case security.AuthorizationPolicy_AUDIT: // only writes a log
			}
		}
	}
	return out
}

// guards reports whether a policy applies to a workload. Proxies that were deployed for a Gateway
// obey policies that name it, all others those that select them. Istio: ShouldAttachPolicy.
func (w *world) guards(p *AuthorizationPolicy, namespace string, labels map[string]string, waypoint bool) bool {
	refs := p.Spec.TargetRefs
	if p.Spec.TargetRef != nil {
		refs = append(slices.Clone(refs), p.Spec.TargetRef)
	}
	gateway, isGateway := labels[labelGatewayName]
	if !isGateway {
		return len(refs) == 0 && hasLabels(labels, p.Spec.Selector.GetMatchLabels())
	}
	if len(refs) == 0 {
		return !waypoint && hasLabels(labels, p.Spec.Selector.GetMatchLabels())
	}
	return slices.ContainsFunc(refs, func(r *typev1.PolicyTargetReference) bool {
		switch {
		case r.Group == "gateway.networking.k8s.io" && r.Kind == "Gateway":
			return r.Name == gateway && p.Namespace == namespace
		case r.Group == "gateway.networking.k8s.io" && r.Kind == "GatewayClass":
			return waypoint && r.Name == "istio-waypoint" && p.Namespace == w.rootNamespace
		}
		return false
	})
}

func (w *world) policyOf(p *AuthorizationPolicy) mesh.AuthzPolicy {
	out := mesh.AuthzPolicy{Name: p.Key(), Origin: p.At("/spec")}
	if len(p.Spec.GetRules()) > 0 {
		out.Origin = p.At("/spec/rules")
	}
	for i, r := range p.Spec.Rules {
		b := ruleBuilder{world: w, namespace: p.Namespace}
		b.rule.Origin = p.At("/spec/rules/" + strconv.Itoa(i))
		out.Rules = append(out.Rules, b.build(r))
	}
	return out
}

// ruleBuilder reads one rule of a policy.
type ruleBuilder struct {
	world     *world
	namespace string // of the policy: service accounts without a namespace are its own
	rule      mesh.AuthzRule
	when      mesh.AuthzSource // what the conditions ask of every source
	rendered  []string         // of the conditions
}

func (b *ruleBuilder) build(r *security.Rule) mesh.AuthzRule {
	if r == nil {
		return b.rule
	}
	for _, c := range r.When {
		b.condition(c)
	}
	for _, from := range r.From {
		if from.Source == nil {
			from = &security.Rule_From{Source: &security.Source{}}
		}
		b.rule.From = append(b.rule.From, b.source(from.Source))
	}
	if len(r.From) == 0 && !emptySource(b.when) {
		b.rule.From = []mesh.AuthzSource{b.when}
	}
	b.rule.Rendered = append(b.rule.Rendered, b.rendered...)
	b.operations(r.To)
	return b.rule
}

func emptySource(s mesh.AuthzSource) bool {
	return len(s.Principals)+len(s.NotPrincipals)+len(s.Namespaces)+len(s.NotNamespaces) == 0 && !s.Other
}

// source reads one `source`, joined with what the conditions ask.
func (b *ruleBuilder) source(s *security.Source) mesh.AuthzSource {
	out := mesh.AuthzSource{
		Principals:    b.world.expand(s.Principals),
		NotPrincipals: append(b.world.expand(s.NotPrincipals), accounts(b.namespace, s.NotServiceAccounts)...),
		Namespaces:    s.Namespaces,
		NotNamespaces: s.NotNamespaces,
		Other: len(s.IpBlocks)+len(s.NotIpBlocks)+len(s.RemoteIpBlocks)+len(s.NotRemoteIpBlocks)+
			len(s.RequestPrincipals)+len(s.NotRequestPrincipals) > 0,
	}
	b.rule.Rendered = append(b.rule.Rendered, renderPrincipals(out.Principals, b.world.expand(s.NotPrincipals))...)
	b.rule.Rendered = append(b.rule.Rendered, renderAccounts(b.namespace, s.ServiceAccounts, s.NotServiceAccounts)...)
	b.rule.Rendered = append(b.rule.Rendered, renderNamespaces(s.Namespaces, s.NotNamespaces)...)
	both(&out.Principals, accounts(b.namespace, s.ServiceAccounts), &out.Other)
	b.join(&out)
	return out
}

// join adds to a source what the conditions of its rule ask of all.
func (b *ruleBuilder) join(s *mesh.AuthzSource) {
	both(&s.Principals, b.when.Principals, &s.Other)
	both(&s.Namespaces, b.when.Namespaces, &s.Other)
	s.NotPrincipals = append(s.NotPrincipals, b.when.NotPrincipals...)
	s.NotNamespaces = append(s.NotNamespaces, b.when.NotNamespaces...)
	s.Other = s.Other || b.when.Other
}

// both narrows a list of patterns by a second list that must hold as well. Two lists of patterns
// have no simple intersection: then the first stands and the answer is left open.
func both(list *[]string, and []string, open *bool) {
	switch {
	case len(and) == 0:
	case len(*list) == 0:
		*list = and
	default:
		var common []string
		for _, p := range *list {
			if strings.Contains(p, "*") {
				*open = true
				return
			}
			if slices.ContainsFunc(and, func(q string) bool { return mesh.MatchAffix(q, p) }) {
				common = append(common, p)
			}
		}
		if common == nil {
			common = []string{"\x00"} // matches nobody
		}
		*list = common
	}
}

// condition reads one `when`. What looks at the request makes the rule depend on it.
func (b *ruleBuilder) condition(c *security.Condition) {
	switch c.Key {
	case "source.principal":
		in, out := b.world.expand(c.Values), b.world.expand(c.NotValues)
		both(&b.when.Principals, in, &b.when.Other)
		b.when.NotPrincipals = append(b.when.NotPrincipals, out...)
		b.rendered = append(b.rendered, renderPrincipals(in, out)...)
	case "source.serviceAccount":
		both(&b.when.Principals, accounts(b.namespace, c.Values), &b.when.Other)
		b.when.NotPrincipals = append(b.when.NotPrincipals, accounts(b.namespace, c.NotValues)...)
		b.rendered = append(b.rendered, renderAccounts(b.namespace, c.Values, c.NotValues)...)
	case "source.namespace":
		both(&b.when.Namespaces, c.Values, &b.when.Other)
		b.when.NotNamespaces = append(b.when.NotNamespaces, c.NotValues...)
		b.rendered = append(b.rendered, renderNamespaces(c.Values, c.NotValues)...)
	case "source.ip", "remote.ip":
		b.when.Other = true
	case "destination.port":
		if ports, ok := portNumbers(c.Values); ok && len(c.NotValues) == 0 && len(b.rule.Ports) == 0 {
			b.rule.Ports = ports
			return
		}
		b.rule.RequestBound = true
	default:
		b.rule.RequestBound = true
	}
}

// operations reads `to`: alternatives, of which only the ports can be judged without a request.
func (b *ruleBuilder) operations(to []*security.Rule_To) {
	var ports []int
	open, everywhere := false, false
	for _, t := range to {
		o := t.GetOperation()
		on, ok := portNumbers(o.GetPorts())
		bound := !ok || len(o.GetMethods())+len(o.GetNotMethods())+len(o.GetPaths())+len(o.GetNotPaths())+
			len(o.GetHosts())+len(o.GetNotHosts())+len(o.GetNotPorts()) > 0
		if !bound && len(on) == 0 {
			return // one alternative asks nothing
		}
		open = open || bound
		everywhere = everywhere || len(on) == 0
		ports = append(ports, on...)
	}
	b.rule.RequestBound = b.rule.RequestBound || open
	if everywhere || len(ports) == 0 {
		return
	}
	if len(b.rule.Ports) > 0 { // a condition names ports too
		b.rule.RequestBound = true
		return
	}
	b.rule.Ports = ports
}

func portNumbers(list []string) ([]int, bool) {
	var out []int
	for _, s := range list {
		n, err := strconv.Atoi(s)
		if err != nil {
			return nil, false
		}
		out = append(out, n)
	}
	return out, true
}
