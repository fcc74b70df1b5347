package istio

import (
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/passmuster/muster/mesh"
)

// meshMatch converts one match of an HTTPRoute, with the CRD's defaults: path prefix "/", exact
// values.
func meshMatch(m *gatewayv1.HTTPRouteMatch) *networking.HTTPMatchRequest {
	out := &networking.HTTPMatchRequest{Uri: meshPath(m.Path)}
	if m.Method != nil {
		out.Method = exactly(string(*m.Method))
	}
	for _, h := range m.Headers {
		if out.Headers == nil {
			out.Headers = map[string]*networking.StringMatch{}
		}
		out.Headers[string(h.Name)] = meshValue(h.Value, h.Type != nil && *h.Type == gatewayv1.HeaderMatchRegularExpression)
	}
	for _, q := range m.QueryParams {
		if out.QueryParams == nil {
			out.QueryParams = map[string]*networking.StringMatch{}
		}
		out.QueryParams[string(q.Name)] = meshValue(q.Value, q.Type != nil && *q.Type == gatewayv1.QueryParamMatchRegularExpression)
	}
	return out
}

func meshPath(p *gatewayv1.HTTPPathMatch) *networking.StringMatch {
	kind, value := gatewayv1.PathMatchPathPrefix, "/"
	if p != nil && p.Type != nil {
		kind = *p.Type
	}
	if p != nil && p.Value != nil {
		value = *p.Value
	}
	switch kind {
	case gatewayv1.PathMatchExact:
		return exactly(value)
	case gatewayv1.PathMatchRegularExpression:
		return meshValue(value, true)
	}
	if value != "/" {
		value = strings.TrimSuffix(value, "/")
	}
	return &networking.StringMatch{MatchType: &networking.StringMatch_Prefix{Prefix: value}}
}

func exactly(v string) *networking.StringMatch {
	return &networking.StringMatch{MatchType: &networking.StringMatch_Exact{Exact: v}}
}

func meshValue(v string, regex bool) *networking.StringMatch {
	if regex {
		return &networking.StringMatch{MatchType: &networking.StringMatch_Regex{Regex: v}}
	}
	return exactly(v)
}

// meshFilter applies one filter of a rule; false if Istio refuses the whole route for it.
func (w *world) meshFilter(r *MeshRoute, f *gatewayv1.HTTPRouteFilter, out *httpRule, at mesh.Origin) bool {
	switch f.Type {
	case gatewayv1.HTTPRouteFilterRequestHeaderModifier, gatewayv1.HTTPRouteFilterResponseHeaderModifier, gatewayv1.HTTPRouteFilterCORS:
	case gatewayv1.HTTPRouteFilterRequestRedirect:
		out.Redirect = meshRedirect(f.RequestRedirect)
	case gatewayv1.HTTPRouteFilterURLRewrite:
		out.Rewrite = meshRewrite(f.URLRewrite)
	case gatewayv1.HTTPRouteFilterRequestMirror:
		if f.RequestMirror == nil {
			return true
		}
		// A mirror that does not exist is left out, unlike a backend.
		to, found, ok := w.meshDestination(r, &f.RequestMirror.BackendRef)
		if !ok || !found {
			return true
		}
		out.Mirrors = append(out.Mirrors, &networking.HTTPMirrorPolicy{Destination: to, Percentage: meshPercent(f.RequestMirror)})
		out.mirrors = append(out.mirrors, at.Child("requestMirror").Child("backendRef"))
	default:
		return false
	}
	return true
}

// meshPercent is the share of requests that a mirror gets; nil = all.
func meshPercent(m *gatewayv1.HTTPRequestMirrorFilter) *networking.Percent {
	switch {
	case m.Fraction != nil:
		of := int32(100)
		if m.Fraction.Denominator != nil {
			of = *m.Fraction.Denominator
		}
		return &networking.Percent{Value: 100 * float64(m.Fraction.Numerator) / float64(of)}
	case m.Percent != nil:
		return &networking.Percent{Value: float64(*m.Percent)}
	}
	return nil
}

// prefixReplaced marks a redirect that replaces the matched prefix only.
const prefixReplaced = "%PREFIX()%"

func meshRedirect(f *gatewayv1.HTTPRequestRedirectFilter) *networking.HTTPRedirect {
	if f == nil {
		return nil
	}
	out := &networking.HTTPRedirect{RedirectCode: 302} // the CRD's default
	if f.StatusCode != nil {
		out.RedirectCode = uint32(*f.StatusCode)
	}
	if f.Hostname != nil {
		out.Authority = string(*f.Hostname)
	}
	if f.Scheme != nil {
		out.Scheme = *f.Scheme
	}
	if p := f.Path; p != nil && p.ReplaceFullPath != nil {
		out.Uri = *p.ReplaceFullPath
	} else if p != nil && p.ReplacePrefixMatch != nil {
		out.Uri = prefixReplaced + *p.ReplacePrefixMatch
	}
	if f.Port != nil {
		out.RedirectPort = &networking.HTTPRedirect_Port{Port: uint32(*f.Port)}
	}
	return out
}

func meshRewrite(f *gatewayv1.HTTPURLRewriteFilter) *networking.HTTPRewrite {
	if f == nil {
		return nil
	}
	out := &networking.HTTPRewrite{}
	if p := f.Path; p != nil && p.ReplaceFullPath != nil {
		out.UriRegexRewrite = &networking.RegexRewrite{Match: "/.*", Rewrite: *p.ReplaceFullPath}
	} else if p != nil && p.ReplacePrefixMatch != nil {
		if out.Uri = strings.TrimSuffix(*p.ReplacePrefixMatch, "/"); out.Uri == "" {
			out.Uri = "/"
		}
	}
	if f.Hostname != nil {
		out.Authority = string(*f.Hostname)
	}
	if out.Uri == "" && out.UriRegexRewrite == nil && out.Authority == "" {
		return nil
	}
	return out
}

// statusText names the code of a redirect as Envoy does.
func statusText(code uint32) string {
	switch code {
	case 0, 301:
		return "MOVED_PERMANENTLY"
	case 302:
		return "FOUND"
	case 303:
		return "SEE_OTHER"
	case 307:
		return "TEMPORARY_REDIRECT"
	case 308:
		return "PERMANENT_REDIRECT"
	}
	return strconv.Itoa(int(code))
}
