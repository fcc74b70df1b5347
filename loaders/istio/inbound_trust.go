package istio

import (
	"fmt"
	"slices"
	"strings"

	security "istio.io/api/security/v1beta1"

	"github.com/passmuster/muster/mesh"
)

// foreignDomains reports ALLOW policies that admit nobody but principals of trust domains that this
// mesh does not have: neither as its own, nor as an alias, nor declared for another mesh. Such a
// domain is taken literally, and no caller of the mesh presents it.
// Istio: trustdomain.Bundle.ReplaceTrustDomainAliases.
func (o *observer) foreignDomains() {
	w := o.world
	if len(w.config.AuthorizationPolicies) == 0 {
		return
	}
	ours, known := o.fleet.trustDomains()
	if !known {
		return
	}
	for _, p := range w.config.AuthorizationPolicies {
		if p.Spec.GetAction() != security.AuthorizationPolicy_ALLOW || p.Annotations[annotationDryRun] == "true" {
			continue
		}
		at, domains, only := admitted(p, ours)
		if !only {
			continue
		}
		o.say(&mesh.Fact{
			Kind: mesh.FactForeignTrustDomain, Origin: at, Resource: p.resource(),
			Message: fmt.Sprintf("AuthorizationPolicy %s admits only principals of trust domain %s, which is neither the mesh's (%s) nor an alias of it: no workload of the mesh has such an identity",
				p.Key(), strings.Join(domains, ", "), w.trustDomain),
		})
	}
}

// trustDomains are those of every control plane of the mesh, their aliases, and those of other meshes
// that are declared; false if the inputs do not decide all of them.
func (f *Fleet) trustDomains() (domains map[string]bool, known bool) {
	domains = map[string]bool{clusterLocal: true}
	for _, d := range f.trusted {
		if d == "" {
			return nil, false
		}
		domains[d] = true
	}
	for _, w := range f.worlds {
		if f.mesh.TrustDomain == "" && w.config.MeshOrigin.In == nil {
			return nil, false // the default of an installation that the inputs do not show
		}
		domains[w.trustDomain], domains[w.settings.GetTrustDomain()] = true, true
		for _, d := range w.config.Mesh.GetTrustDomainAliases() {
			domains[d] = true
		}
	}
	return domains, true
}

// admitted lists the trust domains of the callers that a policy names, with the first principal, and
// whether it admits nobody but callers of domains that are not ours.
func admitted(p *AuthorizationPolicy, ours map[string]bool) (first mesh.Origin, domains []string, foreign bool) {
	for i, r := range p.Spec.GetRules() {
		at := p.At(fmt.Sprintf("/spec/rules/%d", i))
		lists, ok := principalsOf(r, at)
		if !ok {
			return first, nil, false // a rule that names no principals
		}
		for _, l := range lists {
			for j, principal := range l.principals {
				domain, literal := domainOf(principal)
				if !literal || ours[domain] {
					return first, nil, false
				}
				if !slices.Contains(domains, domain) {
					domains = append(domains, domain)
				}
				if first.IsZero() {
					first = child(l.at, j)
				}
			}
		}
	}
	return first, domains, len(domains) > 0
}

// named is one list of principals of a policy.
type named struct {
	principals []string
	at         mesh.Origin
}

// principalsOf lists the principals that a rule asks for; false if callers come in without.
func principalsOf(r *security.Rule, at mesh.Origin) ([]named, bool) {
	for i, c := range r.GetWhen() {
		if c.Key == "source.principal" && len(c.Values) > 0 {
			return []named{{c.Values, child(at, "when", i, "values")}}, true
		}
	}
	var out []named
	for i, from := range r.GetFrom() {
		list := from.GetSource().GetPrincipals()
		if len(list) == 0 {
			return nil, false
		}
		out = append(out, named{list, child(at, "from", i, "source", "principals")})
	}
	return out, len(out) > 0
}

// domainOf is the trust domain of a principal; false if it is a pattern, or none is written.
func domainOf(principal string) (string, bool) {
	domain, rest, ok := strings.Cut(principal, "/")
	return domain, ok && domain != "" && !strings.Contains(domain, "*") && strings.HasPrefix(rest, "ns/")
}
