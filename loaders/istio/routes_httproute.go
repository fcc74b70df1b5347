package istio

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	networking "istio.io/api/networking/v1alpha3"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/passmuster/muster/mesh"
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

// meshRules converts the rules of an HTTPRoute, one per match. One rule that Istio cannot express
// makes it drop the whole route.
func (w *world) meshRules(r *MeshRoute) ([]*httpRule, bool) {
	var out []*httpRule
	for i := range r.Spec.Rules {
		rule := &r.Spec.Rules[i]
		at := r.At("/spec/rules/" + strconv.Itoa(i))
		base, ok := w.meshRule(r, rule, at)
		if !ok {
			return nil, false
		}
		matches := rule.Matches
		if len(matches) == 0 {
			matches = []gatewayv1.HTTPRouteMatch{{}} // the CRD's default
		}
		for j := range matches {
			m := *base
			m.HTTPRoute = withMatch(base.HTTPRoute, meshMatch(&matches[j]))
			out = append(out, &m)
		}
	}
	return out, true
}

// withMatch is a rule with one match; everything else is shared.
func withMatch(r *networking.HTTPRoute, m *networking.HTTPMatchRequest) *networking.HTTPRoute {
	return &networking.HTTPRoute{
		Name: r.Name, Match: []*networking.HTTPMatchRequest{m}, Route: r.Route, Redirect: r.Redirect,
		DirectResponse: r.DirectResponse, Rewrite: r.Rewrite, Timeout: r.Timeout, Retries: r.Retries, Mirrors: r.Mirrors,
	}
}

func (w *world) meshRule(r *MeshRoute, rule *gatewayv1.HTTPRouteRule, at mesh.Origin) (*httpRule, bool) {
	out := &httpRule{HTTPRoute: &networking.HTTPRoute{}, at: at, timeoutAt: at.Child("timeouts"), retriesAt: at.Child("retry")}
	if rule.Name != nil {
		out.Name = string(*rule.Name)
	}
	for i := range rule.Filters {
		if !w.meshFilter(r, &rule.Filters[i], out, at.Child("filters").Child(strconv.Itoa(i))) {
			return nil, false
		}
	}
	out.meshRetry(rule.Retry)
	out.meshTimeouts(rule.Timeouts)
	return out, w.meshBackends(r, rule.BackendRefs, out)
}

// meshRetry reads `retry`. Without a number of attempts Istio takes its default, 2.
func (r *httpRule) meshRetry(retry *gatewayv1.HTTPRouteRetry) {
	if retry == nil {
		return
	}
	on := defaultRetryOn
	for _, code := range retry.Codes {
		on += "," + strconv.Itoa(int(code))
	}
	r.Retries = &networking.HTTPRetry{Attempts: defaultRetries, RetryOn: on}
	if retry.Attempts != nil {
		r.Retries.Attempts = int32(*retry.Attempts) //nolint:gosec // a count of tries
	}
}

// meshTimeouts reads `timeouts`. Istio has one timeout for a route: that of a backend request wins,
// unless there are retries, which then have it each.
func (r *httpRule) meshTimeouts(t *gatewayv1.HTTPRouteTimeouts) {
	if t == nil {
		return
	}
	at := r.timeoutAt
	if d := gatewayDuration(t.Request); d > 0 {
		r.Timeout, r.timeoutAt = durationpb.New(d), at.Child("request")
	}
	if d := gatewayDuration(t.BackendRequest); d > 0 {
		if r.Retries != nil {
			r.Retries.PerTryTimeout = durationpb.New(d)
			return
		}
		r.Timeout, r.timeoutAt = durationpb.New(d), at.Child("backendRequest")
	}
}

func gatewayDuration(d *gatewayv1.Duration) time.Duration {
	if d == nil {
		return 0
	}
	v, err := time.ParseDuration(string(*d))
	if err != nil {
		return 0
	}
	return v
}

// meshBackends reads `backendRefs`. References into other namespaces need no ReferenceGrant here:
// the sender of the request reads the route. Without any weight the answer is 500.
func (w *world) meshBackends(r *MeshRoute, refs []gatewayv1.HTTPBackendRef, out *httpRule) bool {
	sum := int32(0)
	for i := range refs {
		sum += weightOf(&refs[i])
	}
	if sum == 0 && out.Redirect == nil {
		out.DirectResponse = &networking.HTTPDirectResponse{Status: 500}
		return true
	}
	for i := range refs {
		weight := weightOf(&refs[i])
		if weight == 0 {
			continue
		}
		to, _, ok := w.meshDestination(r, &refs[i].BackendObjectReference)
		if !ok {
			return false
		}
		out.Route = append(out.Route, &networking.HTTPRouteDestination{Destination: to, Weight: weight})
		out.backends = append(out.backends, out.at.Child("backendRefs").Child(strconv.Itoa(i)))
	}
	return true
}

func weightOf(ref *gatewayv1.HTTPBackendRef) int32 {
	if ref.Weight == nil {
		return 1
	}
	return *ref.Weight
}

// meshDestination resolves a reference to a backend. found tells whether the backend exists where
// the configuration is read; ok is false if Istio refuses the whole route for it.
func (w *world) meshDestination(r *MeshRoute, ref *gatewayv1.BackendObjectReference) (to *networking.Destination, found, ok bool) {
	namespace, name := r.Namespace, string(ref.Name)
	if ref.Namespace != nil {
		namespace = string(*ref.Namespace)
	}
	host := ""
	switch kindOf(ref.Group, ref.Kind, "", "Service") {
	case "/Service", "multicluster.x-k8s.io/ServiceImport":
		if strings.Contains(name, ".") {
			return nil, false, false
		}
		host, found = w.serviceHost(name, namespace), w.declared(namespace, name)
	case "networking.istio.io/Hostname":
		if ref.Namespace != nil {
			return nil, false, false
		}
		host, found = name, len(w.byHost[name]) > 0
	default: // an unknown kind: the route stays and answers 500
		return &networking.Destination{}, false, true
	}
	if ref.Port == nil {
		return nil, false, false
	}
	return &networking.Destination{Host: host, Port: &networking.PortSelector{Number: uint32(*ref.Port)}}, found, true
}
