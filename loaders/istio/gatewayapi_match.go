package istio

import (
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/passmuster/muster/loaders/gateway"
)

// Types of matches in all objects of the Gateway API.
const (
	matchExact  = string(gatewayv1.HeaderMatchExact)
	matchRegex  = string(gatewayv1.HeaderMatchRegularExpression)
	matchPrefix = string(gatewayv1.PathMatchPathPrefix)
)

// apiMatch converts one match of an HTTPRoute or GRPCRoute; ok is false for a type that Istio does not know.
// Istio: createURIMatch, createGRPCURIMatch, createHeadersMatch.
func apiMatch(m *gateway.Match) (out *networking.HTTPMatchRequest, ok bool) {
	out = &networking.HTTPMatchRequest{}
	if m.Path != nil {
		if out.Uri, ok = apiPath(m.Path); !ok {
			return nil, false
		}
	}
	if m.GRPC != nil {
		if out.Uri, ok = grpcPath(m.GRPC); !ok {
			return nil, false
		}
	}
	if m.Method != "" {
		out.Method = exactly(m.Method)
	}
	if out.Headers, ok = apiValues(m.Headers); !ok {
		return nil, false
	}
	out.QueryParams, ok = apiValues(m.Query)
	return out, ok
}

func apiPath(p *gateway.PathMatch) (*networking.StringMatch, bool) {
	switch p.Type {
	case matchExact:
		return exactly(p.Value), true
	case matchRegex:
		return expression(p.Value), true
	case matchPrefix:
		value := p.Value
		if value != "/" {
			value = strings.TrimSuffix(value, "/")
		}
		return prefixed(value), true
	}
	return nil, false
}

// grpcPath writes service and method as the path that gRPC makes of them.
func grpcPath(g *gateway.GRPCMatch) (*networking.StringMatch, bool) {
	switch {
	case g.Service == "" && g.Method == "", g.Type != matchExact && g.Type != matchRegex:
		return nil, false
	case g.Service == "":
		return expression("/[^/]+/" + g.Method), true
	case g.Type == matchExact && g.Method == "":
		return prefixed("/" + g.Service + "/"), true
	case g.Type == matchExact:
		return exactly("/" + g.Service + "/" + g.Method), true
	case g.Method == "":
		return expression("/" + g.Service + "/.+"), true
	}
	return expression("/" + g.Service + "/" + g.Method), true
}

func apiValues(list []gateway.ValueMatch) (map[string]*networking.StringMatch, bool) {
	if len(list) == 0 {
		return nil, true
	}
	out := map[string]*networking.StringMatch{}
	for _, v := range list {
		switch v.Type {
		case matchExact:
			out[v.Name] = exactly(v.Value)
		case matchRegex:
			out[v.Name] = expression(v.Value)
		default:
			return nil, false
		}
	}
	return out, true
}

func exactly(v string) *networking.StringMatch {
	return &networking.StringMatch{MatchType: &networking.StringMatch_Exact{Exact: v}}
}

func prefixed(v string) *networking.StringMatch {
	return &networking.StringMatch{MatchType: &networking.StringMatch_Prefix{Prefix: v}}
}

func expression(v string) *networking.StringMatch {
	return &networking.StringMatch{MatchType: &networking.StringMatch_Regex{Regex: v}}
}
