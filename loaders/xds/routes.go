package xds

import (
	"strconv"
	"time"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"

	"github.com/passmuster/muster/mesh"
)

// envoyTimeout is how long Envoy waits for an answer where a route says nothing.
// Envoy: RouteAction.timeout.
const envoyTimeout = 15 * time.Second

// rule reads one route.
func (m *Mesh) rule(v *routev3.VirtualHost, r *routev3.Route, at mesh.Origin, d door) (*mesh.RouteRule, []to) {
	rule := &mesh.RouteRule{Name: printable(r.GetName()), Match: match(r.GetMatch()), From: "route " + printable(v.GetName()), Origin: at}
	action := r.GetRoute()
	switch {
	case r.GetRedirect() != nil:
		rule.Direct = "redirect"
	case r.GetDirectResponse() != nil:
		rule.Direct = "direct response " + strconv.Itoa(int(r.GetDirectResponse().GetStatus()))
	case action == nil:
		rule.Direct = "what muster does not read"
	}
	if rule.Direct != "" {
		return rule, nil
	}
	here := at.Child("route")
	rule.Timeout = m.timeout(action, here, d)
	policy, from := action.GetRetryPolicy(), here.Child("retry_policy")
	if policy == nil {
		policy, from = v.GetRetryPolicy(), mesh.Origin{In: at.In, Path: parent(parent(at.Path)) + "/retry_policy"}
	}
	if policy != nil && !m.grpc() { // gRPC retries answers with a status, and neither silence nor broken connections that sent something
		rule.Retries = mesh.Retries{Attempts: 1, On: policy.GetRetryOn(), Origin: from, AnyHost: true}
		if n := policy.GetNumRetries(); n != nil {
			rule.Retries.Attempts = int(min(n.GetValue(), 100))
		}
		if per := policy.GetPerTryTimeout().AsDuration(); per > 0 {
			rule.Retries.PerTry = mesh.Of(per, from.Child("per_try_timeout"))
		}
		for _, p := range policy.GetRetryHostPredicate() {
			if p.GetName() == "envoy.retry_host_predicates.previous_hosts" {
				rule.Retries.AnyHost = false
			}
		}
	}
	if w := action.GetWeightedClusters(); w != nil {
		var list []to
		for i, c := range w.GetClusters() {
			list = append(list, to{c.GetName(), c.GetWeight().GetValue(), here.Child("weighted_clusters").Child("clusters").Child(strconv.Itoa(i))})
		}
		return rule, list
	}
	if action.GetCluster() == "" {
		rule.Direct = "a cluster that the request names"
		return rule, nil
	}
	return rule, []to{{action.GetCluster(), 1, here.Child("cluster")}}
}

// timeout is how long a request may take.
// gRFC A31: max_stream_duration of the route, its grpc_timeout_header_max first, or that of the listener; gRPC ignores timeout.
func (m *Mesh) timeout(a *routev3.RouteAction, at mesh.Origin, d door) mesh.Value[time.Duration] {
	if m.grpc() {
		limit := a.GetMaxStreamDuration()
		here := at.Child("max_stream_duration")
		one, name := limit.GetGrpcTimeoutHeaderMax(), "grpc_timeout_header_max"
		if one == nil {
			one, name = limit.GetMaxStreamDuration(), "max_stream_duration"
		}
		switch {
		case one == nil:
			return d.limit
		case one.AsDuration() <= 0:
			return mesh.Value[time.Duration]{}
		}
		return mesh.Of(one.AsDuration(), here.Child(name))
	}
	t := a.GetTimeout()
	switch {
	case t == nil:
		return mesh.Of(envoyTimeout, mesh.Default("Envoy (route timeout)"))
	case t.AsDuration() <= 0:
		return mesh.Value[time.Duration]{}
	}
	return mesh.Of(t.AsDuration(), at.Child("timeout"))
}

func match(m *routev3.RouteMatch) mesh.Match {
	var out mesh.Match
	switch {
	case m.GetPath() != "":
		out.Path = "exact:" + printable(m.GetPath())
	case m.GetPrefix() != "":
		out.Path = "prefix:" + printable(m.GetPrefix())
	case m.GetPathSeparatedPrefix() != "":
		out.Path = "segments:" + printable(m.GetPathSeparatedPrefix())
	case m.GetSafeRegex() != nil:
		out.Path = "regex:" + printable(m.GetSafeRegex().GetRegex())
	}
	for _, h := range m.GetHeaders() {
		if out.Headers == nil {
			out.Headers = map[string]string{}
		}
		value := "present"
		if exact := h.GetStringMatch().GetExact(); exact != "" {
			value = "exact:" + printable(exact)
		}
		if h.GetInvertMatch() {
			value = "not " + value
		}
		out.Headers[printable(h.GetName())] = value
	}
	return out
}

func parent(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			return path[:i]
		}
	}
	return ""
}
