package linkerd

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/loaders/gateway"
	"github.com/passmuster/muster/mesh"
)

// observeUnmatched tells of ports whose routes have no rule for some requests: proxies answer these 404 (linkerd2-proxy
// app/outbound/src/http/logical/policy/router.rs, RouteNotFound). Routes elsewhere add to those beside the Service, for callers of
// their own namespace.
func (w *world) observeUnmatched(s *service) {
	namespaces := []string{s.Namespace}
	for _, a := range w.attached[s.Key] {
		if !slices.Contains(namespaces, a.Namespace) {
			namespaces = append(namespaces, a.Namespace)
		}
	}
	for _, p := range s.ports {
		for _, namespace := range namespaces {
			if _, off := w.profileFor(s, p, namespace).TurnsPolicyOff(); off {
				continue
			}
			r := routing{service: s, port: p, namespace: namespace}
			kind, list, _ := r.winners()
			if kind != gateway.HTTPRoute && kind != gateway.GRPCRoute || slices.ContainsFunc(list, attachment.takesRest) {
				continue
			}
			last := list[len(list)-1]
			if len(last.Rules) == 0 {
				continue
			}
			w.tell(mesh.FactUnmatched, last.Route, last.Rules[len(last.Rules)-1].Origin.Child("matches"), s.public.ID,
				fmt.Sprintf("%s %s has no rule for requests to %s that none of its matches takes: they are answered 404 and never reach the service", last.Kind, last.Key(), w.host(s.Key)))
		}
	}
}

// takesRest reports whether a route has a rule for whatever the others leave.
func (a attachment) takesRest() bool {
	return slices.ContainsFunc(a.Rules, func(rule gateway.Rule) bool {
		return slices.ContainsFunc(matches(rule.Matches), func(m mesh.Match) bool { return m.CatchAll() })
	})
}
