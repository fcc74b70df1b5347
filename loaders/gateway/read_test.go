package gateway_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/gateway"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

func read(t testing.TB, text string) *gateway.Objects {
	t.Helper()
	docs, _, diags := source.Parse("in.yaml", []byte(text), source.Options{})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	for _, d := range docs {
		d.Cluster = "east"
	}
	return gateway.Read(docs)
}

func at(o mesh.Origin) string { return o.Path }

func TestHTTPRouteIsReadWithTheDefaultsOfItsCRD(t *testing.T) {
	r := read(t, `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: pay, namespace: shop, creationTimestamp: "2026-02-01T10:00:00Z"}
spec:
  parentRefs:
  - {name: web}
  - {group: "", kind: Service, name: pay, namespace: bank, port: 8080, sectionName: http}
  hostnames: [pay.example.com]
  rules:
  - name: v2
    matches:
    - path: {value: /v2}
      headers: [{name: x-env, value: test}]
      queryParams: [{name: q, type: RegularExpression, value: "a+"}]
      method: GET
    filters:
    - type: RequestMirror
      requestMirror: {backendRef: {name: shadow, port: 80}, fraction: {numerator: 1, denominator: 8}}
    - type: RequestRedirect
      requestRedirect: {hostname: new.example.com, path: {type: ReplacePrefixMatch, replacePrefixMatch: /new}}
    backendRefs:
    - {name: pay-v2, port: 8080, weight: 0, namespace: bank}
    - {name: pay-v1, port: 8080}
    timeouts: {request: 1m30s}
    retry: {codes: [503], attempts: 0, backoff: 10ms}
    sessionPersistence: {sessionName: s}
  - {}
`).Routes[0]
	if r.Kind != gateway.HTTPRoute || r.Group != gateway.Group || r.Version != "v1" || r.Key() != "shop/pay" || r.Created.IsZero() {
		t.Errorf("metadata %+v", r.Meta)
	}
	parents := []gateway.Parent{
		{Reference: gateway.Reference{Group: gateway.Group, Kind: "Gateway", Name: "web"}, Origin: r.At("/spec/parentRefs/0")},
		{Reference: gateway.Reference{Kind: "Service", Namespace: "bank", Name: "pay"}, SectionName: "http", Port: 8080, Origin: r.At("/spec/parentRefs/1")},
	}
	if !reflect.DeepEqual(r.Parents, parents) {
		t.Errorf("parents %+v", r.Parents)
	}
	rule := r.Rules[0]
	match := gateway.Match{
		Path: &gateway.PathMatch{Type: "PathPrefix", Value: "/v2"}, Headers: []gateway.ValueMatch{{Type: "Exact", Name: "x-env", Value: "test"}},
		Query: []gateway.ValueMatch{{Type: "RegularExpression", Name: "q", Value: "a+"}}, Method: "GET", Origin: r.At("/spec/rules/0/matches/0"),
	}
	if !reflect.DeepEqual(rule.Matches, []gateway.Match{match}) {
		t.Errorf("matches %+v", rule.Matches)
	}
	mirror, redirect := rule.Filters[0].Mirror, rule.Filters[1].Redirect
	if mirror.Backend.Name != "shadow" || mirror.Percent.V != 12.5 || at(mirror.Percent.Origin) != "/spec/rules/0/filters/0/requestMirror/fraction" {
		t.Errorf("mirror %+v", mirror)
	}
	if want := (gateway.Redirect{Hostname: "new.example.com", Status: 302, Path: &gateway.PathChange{Type: "ReplacePrefixMatch", Value: "/new"}}); !reflect.DeepEqual(*redirect, want) {
		t.Errorf("redirect %+v", redirect)
	}
	v2, v1 := rule.Backends[0], rule.Backends[1]
	if v2.Weight == nil || v2.Share() != 0 || v2.Namespace != "bank" || v2.Kind != "Service" || at(v2.Origin) != "/spec/rules/0/backendRefs/0" {
		t.Errorf("the first backend %+v", v2)
	}
	if v1.Weight != nil || v1.Share() != 1 || v1.Namespace != "" || v1.In("shop") != "shop" {
		t.Errorf("the second backend %+v", v1)
	}
	if rule.Timeouts.Request.V != "1m30s" || rule.Timeouts.BackendRequest.IsKnown() {
		t.Errorf("timeouts %+v", rule.Timeouts)
	}
	if rule.Retry.Attempts != mesh.Of(0, r.At("/spec/rules/0/retry/attempts")) || rule.Retry.Backoff.V != "10ms" || rule.Retry.Codes[0] != 503 {
		t.Errorf("retry %+v", rule.Retry)
	}
	if rule.Sticky.Type != "Cookie" || rule.Sticky.Name != "s" {
		t.Errorf("session persistence %+v", rule.Sticky)
	}
	if bare := r.Rules[1]; len(bare.Matches) != 1 || *bare.Matches[0].Path != (gateway.PathMatch{Type: "PathPrefix", Value: "/"}) || bare.Retry != nil {
		t.Errorf("a rule that says nothing %+v", bare)
	}
}

func TestARouteWithoutRules(t *testing.T) {
	for kind, rules := range map[string]int{"HTTPRoute": 1, "GRPCRoute": 0, "TLSRoute": 0, "TCPRoute": 0} {
		r := read(t, "apiVersion: gateway.networking.k8s.io/v1\nkind: "+kind+"\nmetadata: {name: a}\nspec: {parentRefs: [{name: web}]}\n").Routes[0]
		if len(r.Rules) != rules || r.Namespace != "default" {
			t.Errorf("%s: %d rules in namespace %s, want %d", kind, len(r.Rules), r.Namespace, rules)
		}
	}
}

func TestOtherKindsOfRoutes(t *testing.T) {
	o := read(t, `
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: g}
spec:
  rules:
  - matches: [{method: {service: shop.Pay}, headers: [{name: a, value: b}]}]
    filters: [{type: ExtensionRef, extensionRef: {group: x.io, kind: F, name: f}}]
    backendRefs: [{name: pay, port: 80, filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: a, value: b}], remove: [c]}}]}]
---
apiVersion: gateway.networking.k8s.io/v1alpha3
kind: TLSRoute
metadata: {name: t}
spec: {hostnames: [a.example.com], rules: [{backendRefs: [{name: pay, port: 443}]}]}
---
apiVersion: gateway.networking.k8s.io/v1alpha2
kind: TCPRoute
metadata: {name: c}
spec: {rules: [{backendRefs: [{group: net.io, kind: Pool, name: pay, weight: 3}]}]}
---
apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: l}
spec: {parentRefs: [{kind: Server, name: s}, {group: core, kind: Service, name: s}]}
`)
	g, tls, tcp, linkerd := o.Routes[0], o.Routes[1], o.Routes[2], o.Routes[3]
	if m := g.Rules[0].Matches[0]; *m.GRPC != (gateway.GRPCMatch{Type: "Exact", Service: "shop.Pay"}) || m.Path != nil || len(m.Headers) != 1 {
		t.Errorf("GRPCRoute: match %+v", m)
	}
	if f := g.Rules[0].Filters[0]; *f.Extension != (gateway.Reference{Group: "x.io", Kind: "F", Name: "f"}) {
		t.Errorf("GRPCRoute: filter %+v", f)
	}
	if f := g.Rules[0].Backends[0].Filters[0].RequestHeaders; f.Set[0] != (gateway.Header{Name: "a", Value: "b"}) || f.Remove[0] != "c" {
		t.Errorf("GRPCRoute: filter of the backend %+v", f)
	}
	if tls.Hostnames[0] != "a.example.com" || tls.Rules[0].Backends[0].Port != 443 {
		t.Errorf("TLSRoute: %+v", tls)
	}
	if b := tcp.Rules[0].Backends[0]; !b.Is("net.io", "Pool") || b.Port != 0 || b.Share() != 3 {
		t.Errorf("TCPRoute: %+v", b)
	}
	if p := linkerd.Parents; linkerd.Group != gateway.GroupLinkerd || !p[0].Is(gateway.GroupLinkerd, "Server") || !p[1].Is("", "Service") {
		t.Errorf("Linkerd's HTTPRoute: %+v", p)
	}
}

func TestWhatIsWrongIsTold(t *testing.T) {
	for _, tc := range []struct{ name, spec, fact, meant, left string }{
		{"nothing", "{rules: [{backendRefs: [{name: a, port: 80, weight: 1000000}]}]}", "", "", ""},
		{"a misspelt field", "{rules: [{backendRef: [{name: a}]}]}", "rules has no field backendRef: it is dropped; did you mean backendRefs?", "backendRefs", ""},
		{"a field in another case", "{rules: [{BackendRefs: [{name: a}]}]}", "has no field BackendRefs", "backendRefs", ""},
		{"a weight below zero", "{rules: [{backendRefs: [{name: a, weight: -1}]}]}", "The API server refuses HTTPRoute shop/r: a weight is between 0 and 1000000", "", ""},
		{"a port beyond all", "{rules: [{backendRefs: [{name: a, port: 70000}]}]}", "The API server refuses HTTPRoute shop/r: a port is between 1 and 65535", "", ""},
		{"a wrong type", "{rules: [{backendRefs: [{name: a, port: http}]}]}", "", "", "HTTPRoute shop/r is left out: spec.rules.backendRefs.port cannot be a string"},
		{"no object at all", "[1]", "", "", "HTTPRoute shop/r is left out:"},
		{"nothing at all", "null", "", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := read(t, "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r, namespace: shop}\nspec: "+tc.spec+"\n")
			switch {
			case tc.fact == "" && len(o.Facts) > 0:
				t.Errorf("unexpected: %s", o.Facts[0].Message)
			case tc.fact != "" && (len(o.Facts) != 1 || !strings.Contains(o.Facts[0].Message, tc.fact) || o.Facts[0].Meant != tc.meant):
				t.Errorf("facts %+v", o.Facts)
			}
			switch {
			case tc.left == "" && (len(o.Diagnostics) > 0 || len(o.Routes) != 1):
				t.Errorf("left out: %v", o.Diagnostics)
			case tc.left != "" && (len(o.Routes) != 0 || len(o.Diagnostics) != 1 || !strings.HasPrefix(o.Diagnostics[0].Message, tc.left)):
				t.Errorf("diagnostics %v", o.Diagnostics)
			}
		})
	}
}

func TestTheFirstOfTwoDefinitionsCounts(t *testing.T) {
	one := "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r, namespace: shop}\nspec: {hostnames: [a]}\n"
	o := read(t, one+"---\n"+strings.ReplaceAll(one, "[a]", "[b]")+"---\n"+strings.ReplaceAll(one, "gateway.networking.k8s.io/v1", "policy.linkerd.io/v1beta3"))
	if len(o.Routes) != 2 || o.Routes[0].Hostnames[0] != "a" || len(o.Facts) != 1 || o.Facts[0].Kind != mesh.FactDuplicate {
		t.Errorf("%d routes, facts %+v", len(o.Routes), o.Facts)
	}
}

// FuzzRead reads whatever documents parse. Nothing in an input may make it panic, and every place leads somewhere.
func FuzzRead(f *testing.F) {
	for _, kind := range []string{"HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "Gateway", "GatewayClass", "ReferenceGrant", "BackendTLSPolicy"} {
		f.Add(kind, []byte("{parentRefs: [{name: a}], rules: [{matches: [{path: {value: /}}], backendRefs: [{name: b, weight: 1}], filters: [{type: RequestMirror, requestMirror: {backendRef: {name: c}}}]}]}"))
		f.Add(kind, []byte("{listeners: [{name: a, port: 1, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {a: b}}}}}], from: [{}], to: [{}], targetRefs: [{}], x: 1}"))
	}
	f.Fuzz(func(_ *testing.T, kind string, spec []byte) {
		text := append([]byte("apiVersion: gateway.networking.k8s.io/v1\nkind: "+kind+"\nmetadata: {name: a}\nspec: "), spec...)
		docs, _, _ := source.Parse("in.yaml", text, source.Options{})
		o := gateway.Read(docs)
		for _, fact := range o.Facts {
			fact.Origin.Position()
		}
		for _, r := range o.Routes {
			for _, rule := range r.Rules {
				for _, b := range rule.Backends {
					o.Grants.Allow(gateway.Reference{Group: r.Group, Kind: r.Kind, Namespace: r.Namespace}, b.Reference)
					b.Origin.Position()
				}
			}
		}
		for _, g := range o.Gateways {
			for _, l := range g.Listeners {
				l.Selector.Matches(g.Labels)
			}
		}
	})
}
