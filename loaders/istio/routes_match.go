package istio

import (
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/mesh"
)

// caller is who asks for routes: what is known of it before any request, and where it asks.
type caller struct {
	namespace string
	label     func(string) string
	gateway   string // "mesh", or the Gateway whose server takes the request
	port      int    // of the listener
}

// applies reports whether a match can hold at all for a caller: its port, gateway, namespace and
// labels. A match that names a gateway ignores the caller's labels. Istio: sourceMatchHTTP.
func (c caller) applies(m *networking.HTTPMatchRequest) bool {
	if m == nil {
		return true
	}
	if m.Port != 0 && int(m.Port) != c.port {
		return false
	}
	if len(m.Gateways) > 0 {
		return slices.Contains(m.Gateways, c.gateway)
	}
	return matchesAll(m.SourceLabels, c.label) && (m.SourceNamespace == "" || m.SourceNamespace == c.namespace)
}

// matchOf renders what is left of a match for the request to decide. segments: prefixes match
// whole path segments, as in the Gateway API.
func matchOf(m *networking.HTTPMatchRequest, segments bool) mesh.Match {
	out := mesh.Match{Path: "prefix:/"}
	if m == nil {
		return out
	}
	switch p := m.Uri.GetMatchType().(type) {
	case *networking.StringMatch_Exact:
		out.Path = "exact:" + p.Exact
	case *networking.StringMatch_Prefix:
		out.Path = "prefix:" + p.Prefix
		if segments && p.Prefix != "/" {
			out.Path = "segments:" + strings.TrimSuffix(p.Prefix, "/")
		}
	case *networking.StringMatch_Regex:
		out.Path = "regex:" + p.Regex
	}
	header := func(name, value string) {
		if out.Headers == nil {
			out.Headers = map[string]string{}
		}
		out.Headers[name] = value
	}
	for name, v := range m.Headers {
		header(name, stringMatch(v))
	}
	for name, v := range m.WithoutHeaders {
		header(name, "not "+stringMatch(v))
	}
	if m.Scheme != nil {
		header(":scheme", stringMatch(m.Scheme))
	}
	for name, v := range m.QueryParams {
		if out.Query == nil {
			out.Query = map[string]string{}
		}
		out.Query[name] = stringMatch(v)
	}
	if m.Method != nil {
		out.Method = stringMatch(m.Method)
	}
	if m.Authority != nil {
		out.Authority = stringMatch(m.Authority)
	}
	return out
}

// stringMatch renders a value to match. Nothing, or the regular expression "*", asks only that
// there is a value.
func stringMatch(m *networking.StringMatch) string {
	switch v := m.GetMatchType().(type) {
	case *networking.StringMatch_Exact:
		return "exact:" + v.Exact
	case *networking.StringMatch_Prefix:
		return "prefix:" + v.Prefix
	case *networking.StringMatch_Regex:
		if v.Regex != "*" {
			return "regex:" + v.Regex
		}
	}
	return "present"
}

// takesAll reports whether a match leaves nothing for later rules. Istio: IsCatchAllRoute.
func takesAll(m mesh.Match) bool {
	return (m.Path == "prefix:/" || m.Path == "regex:.*") &&
		len(m.Headers) == 0 && len(m.Query) == 0 && m.Method == "" && m.Authority == ""
}
