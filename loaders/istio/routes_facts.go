package istio

import (
	"fmt"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/mesh"
)

// Facts about routes that the vocabulary has no name for.
const (
	factDanglingDelegate mesh.FactKind = "dangling-delegate" // a root names a delegate that does not exist, or is not exported to it
	factDanglingGateway  mesh.FactKind = "dangling-gateway"  // a VirtualService is bound to a Gateway that does not exist
)

// routeFacts is what routes say that is wrong for everybody.
func (f *Fleet) routeFacts(w *world) []*mesh.Fact {
	var out []*mesh.Fact
	subsets, told := w.definedSubsets(), map[mesh.Origin]bool{}
	gateways := map[string]bool{meshGateway: true}
	for _, g := range w.config.Gateways {
		gateways[g.Key()] = true
	}
	for _, s := range w.routes.sources {
		for _, l := range s.lost {
			out = append(out, &mesh.Fact{
				Kind: factDanglingDelegate, Origin: l.Origin, Message: s.label() + ": " + l.Detail,
				Resource: s.resource(), Service: f.routedService(w, s),
			})
		}
		for i, g := range s.Spec.Gateways {
			if !gateways[g] && !s.Gateway {
				out = append(out, &mesh.Fact{
					Kind: factDanglingGateway, Origin: child(s.At("/spec/gateways"), i), Resource: s.resource(),
					Message: fmt.Sprintf("%s is bound to Gateway %s, which does not exist", s.label(), g),
				})
			}
		}
		if fact := s.unreached(); fact != nil {
			fact.Service = f.routedService(w, s)
			out = append(out, fact)
		}
		if fact := w.unmatched(s); fact != nil {
			fact.Service = f.routedService(w, s)
			out = append(out, fact)
		}
		for _, fact := range s.refusedWeights() {
			fact.Service = f.routedService(w, s)
			out = append(out, fact)
		}
		s.eachDestination(func(d destination) {
			if s.Gateway && told[d.at] {
				return // one route makes a source for each of its hosts
			}
			told[d.at] = s.Gateway
			if fact := w.dangling(s, d, subsets); fact != nil {
				fact.Service = f.routedService(w, s)
				out = append(out, fact)
			}
		})
	}
	return slices.Concat(out, w.apiNotes, w.gatewayFacts(), w.alphaFacts(), w.policyFacts(), f.rivals(w))
}

// unreached reports the first rule that stands behind one which takes every request of every caller.
// HTTPRoutes are ordered by their matches and not by their author.
func (s *routeSource) unreached() *mesh.Fact {
	if s.Gateway {
		return nil
	}
	for i, r := range s.http[:max(len(s.http)-1, 0)] {
		if !r.takesEverything() {
			continue
		}
		next := s.http[i+1]
		return &mesh.Fact{
			Kind: mesh.FactRuleUnused, Origin: next.at, Resource: s.resource(),
			Related: []mesh.Evidence{{What: "takes every request", Origin: r.at}},
			Message: fmt.Sprintf("%s: no request ever comes to this rule, for one before it takes all", s.label()),
		}
	}
	return nil
}

// takesEverything reports whether a rule leaves nothing for later ones, whoever calls.
func (r *httpRule) takesEverything() bool {
	return len(r.Match) == 0 || slices.ContainsFunc(r.Match, func(m *networking.HTTPMatchRequest) bool {
		return takesAll(matchOf(m, false)) && m.Port == 0 && len(m.Gateways) == 0 && len(m.SourceLabels) == 0 && m.SourceNamespace == ""
	})
}

// definedSubsets are the subsets that any DestinationRule defines, by the host it is for.
func (w *world) definedSubsets() byHost[map[string]bool] {
	var out byHost[map[string]bool]
	for _, d := range w.config.DestinationRules {
		host := w.fqdn(d.Spec.Host, d.Namespace)
		names, _ := out.get(host)
		if names == nil {
			names = map[string]bool{}
			out.set(host, names)
		}
		for _, s := range d.Spec.Subsets {
			names[s.Name] = true
		}
	}
	return out
}

func (w *world) defines(subsets byHost[map[string]bool], host, subset string) bool {
	if names, ok := subsets.get(host); ok && names[subset] {
		return true
	}
	for _, wild := range subsets.wildcards {
		if hostsMatch(wild, host) && subsets.wild[wild][subset] {
			return true
		}
	}
	return false
}

// rivals reports hosts that several sources route for the same callers: in the mesh one of them acts
// alone.
func (f *Fleet) rivals(w *world) []*mesh.Fact {
	var out []*mesh.Fact
	for _, host := range sortedKeys(w.routes.exact) {
		all := slices.DeleteFunc(slices.Clone(w.routes.exact[host]), func(s *routeSource) bool {
			return !s.boundTo(meshGateway) || len(s.http) == 0 || s.Gateway && !w.owns(s, host)
		})
		for i, younger := range all {
			for _, older := range all[:i] {
				if namespace, ok := w.meet(older, younger); ok && portsMeet(older, younger) {
					first, second := older, younger
					if younger.rank(namespace) < older.rank(namespace) {
						first, second = younger, older
					}
					narrower := first.rank(namespace) < second.rank(namespace)
					out = append(out, rivalry(host, first, second, narrower, f.routedService(w, second)))
					break
				}
			}
		}
	}
	return out
}

// owns reports whether a source is in the namespace of the service that it routes. An HTTPRoute
// elsewhere is for the callers of its own namespace only, and meant to go before the owner's.
func (w *world) owns(s *routeSource, host string) bool {
	return slices.ContainsFunc(w.byHost[host], func(svc *service) bool { return svc.namespace == s.Namespace })
}

// meet finds a namespace that sees both sources; "" if all do.
func (w *world) meet(a, b *routeSource) (namespace string, ok bool) {
	x, y := a.export, b.export
	if x.has(exportPublic) && y.has(exportPublic) {
		return "", true
	}
	namespaces := []string{a.Namespace, b.Namespace}
	for _, n := range slices.Concat(sortedKeys(x), sortedKeys(y)) {
		if n != exportPublic && n != exportPrivate && n != exportNone {
			namespaces = append(namespaces, n)
		}
	}
	i := slices.IndexFunc(namespaces, func(n string) bool { return x.reaches(a.Namespace, n) && y.reaches(b.Namespace, n) })
	if i < 0 {
		return "", false
	}
	return namespaces[i], true
}

// portsMeet reports whether two sources are not certainly for different ports of a host.
func portsMeet(a, b *routeSource) bool {
	x, y := a.onlyPorts(), b.onlyPorts()
	return x == nil || y == nil || slices.ContainsFunc(x, func(p uint32) bool { return slices.Contains(y, p) })
}

// onlyPorts are the ports that all matches of a source are for; nil if some is for any.
func (s *routeSource) onlyPorts() []uint32 {
	var out []uint32
	for _, r := range s.http {
		if len(r.Match) == 0 {
			return nil
		}
		for _, m := range r.Match {
			if m.Port == 0 {
				return nil
			}
			out = append(out, m.Port)
		}
	}
	return out
}

func rivalry(host string, first, second *routeSource, narrower bool, service mesh.ServiceID) *mesh.Fact {
	why := "as far as these files tell, which carry no age; in a cluster the older one does"
	switch {
	case narrower:
		why = "which is exported more narrowly"
	case first.Created.Before(second.Created) && !first.Created.IsZero():
		why = "which is older"
	}
	return &mesh.Fact{
		Kind: mesh.FactTwoRoutes, Origin: second.claimAt(host), Resource: second.resource(), Service: service,
		Related: []mesh.Evidence{{What: first.label(), Origin: first.claimAt(host)}},
		Message: fmt.Sprintf("%s and %s both route %s, and for a caller that both are for only one acts: %s, %s",
			first.label(), second.label(), host, first.Key(), why),
	}
}

// routedService is the first service that a source routes, "" if it routes none. Routes of Gateways have names that are no
// services: of them it is the first that they lead to.
func (f *Fleet) routedService(w *world, s *routeSource) (id mesh.ServiceID) {
	find := func(host string) {
		for _, svc := range w.byHost[host] {
			if public := f.public(svc); public != nil && id == "" {
				id = public.ID
			}
		}
	}
	for _, h := range s.hosts() {
		find(h)
	}
	if s.Gateway {
		s.eachDestination(func(d destination) { find(d.Host) })
	}
	return id
}

// label names a source as people know it.
func (s *routeSource) label() string {
	return s.Doc.Kind + " " + s.Key()
}

func (s *routeSource) resource() mesh.Resource {
	kind, _, _ := strings.Cut(s.label(), " ")
	return mesh.Resource{Kind: kind, Namespace: s.Namespace, Name: s.Name, Cluster: s.Cluster}
}
