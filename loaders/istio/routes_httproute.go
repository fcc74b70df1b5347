package istio

import (
	"cmp"
	"slices"
	"strconv"

	networking "istio.io/api/networking/v1alpha3"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// fromGatewayAPI is how routes made from HTTPRoutes name their source.
const fromGatewayAPI = "gateway-api"

// newMeshRoutes turns HTTPRoutes whose parent is a Service or a ServiceEntry into sources. Rules
// of several HTTPRoutes of one namespace for one host and parent port become one source, in the
// order of precedence that the Gateway API prescribes. A parent has to exist where the
// configuration is read, or the route is not accepted. Istio: HTTPRouteCollection.
func (w *world) newMeshRoutes(routes []*MeshRoute) []*routeSource {
	byKey := map[string]*routeSource{}
	var out []*routeSource
	for _, r := range slices.SortedFunc(slices.Values(routes), olderRoute) {
		rules, ok := w.meshRules(r)
		if !ok || len(rules) == 0 {
			continue
		}
		seen := map[string]bool{}
		for i := range r.Spec.ParentRefs {
			ref := &r.Spec.ParentRefs[i]
			port := ""
			if ref.Port != nil {
				port = "/" + strconv.Itoa(int(*ref.Port))
			}
			for _, host := range w.parentHosts(r, ref) {
				key := r.Namespace + port + "/" + host
				if seen[key] {
					continue
				}
				seen[key] = true
				s := byKey[key]
				if s == nil {
					s = &routeSource{
						VirtualService: &VirtualService{Meta: r.Meta, Gateway: true, Spec: &networking.VirtualService{
							Hosts: []string{host}, Gateways: []string{meshGateway},
						}},
						from:   fromGatewayAPI,
						export: w.defaultExport(),
					}
					byKey[key] = s
					out = append(out, s)
				}
				s.http = append(s.http, onPort(rules, ref.Port)...)
			}
		}
	}
	for _, s := range out {
		slices.SortStableFunc(s.http, byPrecedence)
		for _, r := range s.http {
			s.Spec.Http = append(s.Spec.Http, r.HTTPRoute)
		}
	}
	return out
}

// olderRoute is the Gateway API's order: age, namespace, name.
func olderRoute(a, b *MeshRoute) int {
	return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

// parentHosts are the hosts that a parent stands for; none if it is no Service or ServiceEntry, or
// does not exist.
func (w *world) parentHosts(r *MeshRoute, ref *gatewayv1.ParentReference) []string {
	namespace := r.Namespace
	if ref.Namespace != nil {
		namespace = string(*ref.Namespace)
	}
	switch kindOf(ref.Group, ref.Kind, gatewayv1.GroupName, "Gateway") {
	case "/Service":
		if w.declared(namespace, string(ref.Name)) {
			return []string{w.serviceHost(string(ref.Name), namespace)}
		}
	case "networking.istio.io/ServiceEntry":
		for _, e := range w.config.ServiceEntries {
			if e.Namespace == namespace && e.Name == string(ref.Name) {
				return e.Spec.Hosts
			}
		}
	}
	return nil
}

// kindOf is "group/Kind" of a reference with its defaults.
func kindOf(group *gatewayv1.Group, kind *gatewayv1.Kind, defaultGroup, defaultKind string) string {
	g, k := defaultGroup, defaultKind
	if group != nil {
		g = string(*group)
	}
	if kind != nil {
		k = string(*kind)
	}
	if g == "core" {
		g = ""
	}
	return g + "/" + k
}

// onPort narrows rules to one port of their parent.
func onPort(rules []*httpRule, port *gatewayv1.PortNumber) []*httpRule {
	if port == nil {
		return rules
	}
	var out []*httpRule
	for _, r := range rules {
		narrowed := *r
		narrowed.HTTPRoute = r.HTTPRoute.DeepCopy()
		for _, m := range narrowed.Match {
			m.Port = uint32(*port)
		}
		out = append(out, &narrowed)
	}
	return out
}

// byPrecedence orders rules as the Gateway API prescribes: exact paths before prefixes before
// regular expressions, longer before shorter, then a method, more headers, more query parameters.
// Istio: sortHTTPRoutes.
func byPrecedence(a, b *httpRule) int {
	x, y := a.Match[0], b.Match[0]
	xKind, xLen := pathRank(x.Uri)
	yKind, yLen := pathRank(y.Uri)
	method := func(m *networking.HTTPMatchRequest) int {
		if m.Method != nil {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(yKind, xKind), cmp.Compare(yLen, xLen), cmp.Compare(method(y), method(x)),
		cmp.Compare(len(y.Headers), len(x.Headers)), cmp.Compare(len(y.QueryParams), len(x.QueryParams)))
}

func pathRank(m *networking.StringMatch) (kind, length int) {
	switch v := m.GetMatchType().(type) {
	case *networking.StringMatch_Exact:
		return 3, len(v.Exact)
	case *networking.StringMatch_Prefix:
		return 2, len(v.Prefix)
	case *networking.StringMatch_Regex:
		return 1, len(v.Regex)
	}
	return -1, 0
}
