package istio

import (
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	networking "istio.io/api/networking/v1alpha3"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/passmuster/muster/mesh"
)

// meshRules converts the rules of an HTTPRoute, one per match. One rule that Istio cannot express
// makes it drop the whole route.
func (w *world) meshRules(r *MeshRoute) ([]*httpRule, bool) {
	rules := r.Spec.Rules
	if len(rules) == 0 {
		rules = []gatewayv1.HTTPRouteRule{{}} // the CRD's default
	}
	var out []*httpRule
	for i := range rules {
		rule := &rules[i]
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
		r.Retries.Attempts = int32(*retry.Attempts)
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
