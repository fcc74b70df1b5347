package istio

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/passmuster/muster/loaders/gateway"
	"github.com/passmuster/muster/mesh"
)

// filter applies one filter of a rule. What Istio does not support in the kind of route makes it refuse the whole route.
// Istio: convertHTTPRoute, convertGRPCRoute.
func (c *conversion) filter(f *gateway.Filter, out *httpRule) *refusal {
	switch kind := gatewayv1.HTTPRouteFilterType(f.Type); {
	case kind == gatewayv1.HTTPRouteFilterRequestHeaderModifier, kind == gatewayv1.HTTPRouteFilterResponseHeaderModifier:
		return headerProblem(f)
	case kind == gatewayv1.HTTPRouteFilterRequestMirror:
		return c.mirror(f, out)
	case c.Kind == gateway.GRPCRoute:
	case kind == gatewayv1.HTTPRouteFilterRequestRedirect:
		out.Redirect = apiRedirect(f.Redirect)
		return nil
	case kind == gatewayv1.HTTPRouteFilterURLRewrite:
		out.Rewrite = apiRewrite(f.Rewrite)
		return nil
	case kind == gatewayv1.HTTPRouteFilterCORS:
		return nil
	}
	return unsupportedFilter(f, c.Kind)
}

func unsupportedFilter(f *gateway.Filter, kind string) *refusal {
	return &refusal{at: f.Origin.Child("type"), why: fmt.Sprintf("it does not know the filter %s in a route of kind %s", f.Type, kind)}
}

// headerProblem: a control character in a header's value. Istio: createHeadersFilter.
func headerProblem(f *gateway.Filter) *refusal {
	for _, change := range []*gateway.HeaderChange{f.RequestHeaders, f.ResponseHeaders} {
		if change == nil {
			continue
		}
		for _, h := range slices.Concat(change.Set, change.Add) {
			if strings.ContainsFunc(h.Value, func(r rune) bool { return r != '\t' && (r < ' ' || r == 0x7f) }) {
				return &refusal{at: f.Origin, why: fmt.Sprintf("the value of header %q has characters that no header has", h.Name)}
			}
		}
	}
	return nil
}

// backendFilter: only headers can be changed for one backend. Istio: buildHTTPDestination.
func (c *conversion) backendFilter(f *gateway.Filter) *refusal {
	if f.RequestHeaders == nil && f.ResponseHeaders == nil && f.Type != string(gatewayv1.HTTPRouteFilterRequestHeaderModifier) &&
		f.Type != string(gatewayv1.HTTPRouteFilterResponseHeaderModifier) {
		return &refusal{at: f.Origin.Child("type"), why: fmt.Sprintf("it does not know the filter %s for one backend", f.Type)}
	}
	return headerProblem(f)
}

// mirror adds copies of requests. A mirror that leads nowhere is left out of an HTTPRoute, and takes a GRPCRoute with it.
// Istio: createMirrorFilter.
func (c *conversion) mirror(f *gateway.Filter, out *httpRule) *refusal {
	if f.Mirror == nil {
		return nil
	}
	to := c.destination(&f.Mirror.Backend)
	if to.refused == nil && to.found && to.why == "" {
		p := &networking.HTTPMirrorPolicy{Destination: to.Destination}
		if percent, ok := f.Mirror.Percent.Get(); ok {
			p.Percentage = &networking.Percent{Value: percent}
		}
		out.Mirrors = append(out.Mirrors, p)
		out.mirrors = append(out.mirrors, f.Mirror.Backend.Origin)
		return nil
	}
	if c.Kind == gateway.GRPCRoute {
		return &refusal{at: f.Mirror.Backend.Origin.Child("name"), why: "the backend of its mirror does not exist"}
	}
	return nil
}

// prefixReplaced marks a redirect that replaces the matched prefix only.
const prefixReplaced = "%PREFIX()%"

func apiRedirect(f *gateway.Redirect) *networking.HTTPRedirect {
	if f == nil {
		return nil
	}
	out := &networking.HTTPRedirect{RedirectCode: uint32(max(f.Status, 0)), Authority: f.Hostname, Scheme: f.Scheme}
	if p := f.Path; p != nil {
		out.Uri = p.Value
		if p.Type == string(gatewayv1.PrefixMatchHTTPPathModifier) {
			out.Uri = prefixReplaced + p.Value
		}
	}
	if f.Port > 0 {
		out.RedirectPort = &networking.HTTPRedirect_Port{Port: uint32(f.Port)}
	}
	return out
}

func apiRewrite(f *gateway.Rewrite) *networking.HTTPRewrite {
	if f == nil {
		return nil
	}
	out := &networking.HTTPRewrite{Authority: f.Hostname}
	if p := f.Path; p != nil && p.Type == string(gatewayv1.FullPathHTTPPathModifier) {
		out.UriRegexRewrite = &networking.RegexRewrite{Match: "/.*", Rewrite: p.Value}
	} else if p != nil {
		if out.Uri = strings.TrimSuffix(p.Value, "/"); out.Uri == "" {
			out.Uri = "/"
		}
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

// refusal is why Istio takes no notice of a route, and the line that makes it so.
type refusal struct {
	at  mesh.Origin
	why string
}
