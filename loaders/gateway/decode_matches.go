package gateway

import (
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/passmuster/muster/mesh"
)

// httpMatch reads one match, with the CRD's defaults: path prefix "/", exact values.
func httpMatch(m *gatewayv1.HTTPRouteMatch, at mesh.Origin) Match {
	out := Match{Path: &PathMatch{Type: string(gatewayv1.PathMatchPathPrefix), Value: "/"}, Method: text(m.Method), Origin: at}
	if m.Path != nil {
		out.Path = &PathMatch{Type: or(m.Path.Type, string(gatewayv1.PathMatchPathPrefix)), Value: or(m.Path.Value, "/")}
	}
	for _, h := range m.Headers {
		out.Headers = append(out.Headers, ValueMatch{Type: or(h.Type, string(gatewayv1.HeaderMatchExact)), Name: string(h.Name), Value: h.Value})
	}
	for _, q := range m.QueryParams {
		out.Query = append(out.Query, ValueMatch{Type: or(q.Type, string(gatewayv1.QueryParamMatchExact)), Name: string(q.Name), Value: q.Value})
	}
	return out
}

func grpcMatch(m *gatewayv1.GRPCRouteMatch, at mesh.Origin) Match {
	out := Match{Origin: at}
	if m.Method != nil {
		out.GRPC = &GRPCMatch{Type: or(m.Method.Type, string(gatewayv1.GRPCMethodMatchExact)), Service: text(m.Method.Service), Method: text(m.Method.Method)}
	}
	for _, h := range m.Headers {
		out.Headers = append(out.Headers, ValueMatch{Type: or(h.Type, string(gatewayv1.GRPCHeaderMatchExact)), Name: string(h.Name), Value: h.Value})
	}
	return out
}

func timeouts(t *gatewayv1.HTTPRouteTimeouts, rule mesh.Origin) Timeouts {
	if t == nil {
		return Timeouts{}
	}
	at := rule.Child("timeouts")
	return Timeouts{Request: written(t.Request, at.Child("request")), BackendRequest: written(t.BackendRequest, at.Child("backendRequest"))}
}

func retry(r *gatewayv1.HTTPRouteRetry, rule mesh.Origin) *Retry {
	if r == nil {
		return nil
	}
	out := &Retry{Origin: rule.Child("retry")}
	out.Backoff = written(r.Backoff, out.Origin.Child("backoff"))
	if r.Attempts != nil {
		out.Attempts = mesh.Of(*r.Attempts, out.Origin.Child("attempts"))
	}
	for _, c := range r.Codes {
		out.Codes = append(out.Codes, int(c))
	}
	return out
}

func sticky(s *gatewayv1.SessionPersistence, rule mesh.Origin) *SessionPersistence {
	if s == nil {
		return nil
	}
	return &SessionPersistence{Type: or(s.Type, string(gatewayv1.CookieBasedSessionPersistence)), Name: text(s.SessionName), Origin: rule.Child("sessionPersistence")}
}

// written is a value as it stands in the file; absent if it does not.
func written[T ~string](s *T, at mesh.Origin) mesh.Value[string] {
	if s == nil {
		return mesh.Value[string]{}
	}
	return mesh.Of(string(*s), at)
}
