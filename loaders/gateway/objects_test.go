package gateway_test

import (
	"reflect"
	"testing"

	"github.com/passmuster/muster/loaders/gateway"
)

func TestGatewayIsRead(t *testing.T) {
	o := read(t, `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: edge}
spec:
  gatewayClassName: istio
  addresses: [{value: 10.0.0.1}]
  infrastructure: {annotations: {a: b}, parametersRef: {group: "", kind: ConfigMap, name: p}}
  listeners:
  - {name: http, port: 80, protocol: HTTP}
  - name: https
    port: 443
    protocol: HTTPS
    hostname: "*.example.com"
    tls: {certificateRefs: [{name: cert}]}
    allowedRoutes:
      namespaces: {from: Selector, selector: {matchLabels: {team: a}, matchExpressions: [{key: env, operator: NotIn, values: [test]}]}}
      kinds: [{kind: GRPCRoute}]
status: {addresses: [{type: Hostname, value: lb.example.com}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: istio}
spec: {controllerName: istio.io/gateway-controller}
`)
	g := o.Gateways[0]
	if g.Class != "istio" || g.Addresses[0] != (gateway.Address{Type: "IPAddress", Value: "10.0.0.1"}) || g.Given[0].Value != "lb.example.com" ||
		g.Deployed.Annotations["a"] != "b" || g.Deployed.Parameters.Name != "p" {
		t.Errorf("the Gateway %+v", g)
	}
	if l := g.Listeners[0]; l.From != "Same" || l.TLS != nil || l.Kinds != nil || l.Hostname != "" || l.Port != 80 {
		t.Errorf("the first listener %+v", l)
	}
	l := g.Listeners[1]
	if l.From != "Selector" || l.TLS.Mode != "Terminate" || l.TLS.Certificates[0].Kind != "Secret" || !l.Kinds[0].Is(gateway.Group, "GRPCRoute") {
		t.Errorf("the second listener %+v", l)
	}
	for _, tc := range []struct {
		labels map[string]string
		want   bool
	}{
		{map[string]string{"team": "a"}, true}, {map[string]string{"team": "a", "env": "test"}, false}, {map[string]string{"team": "b"}, false}, {nil, false},
	} {
		if got := l.Selector.Matches(tc.labels); got != tc.want {
			t.Errorf("namespace with %v: chosen %t, want %t", tc.labels, got, tc.want)
		}
	}
	if c := o.Classes[0]; c.Controller != "istio.io/gateway-controller" || c.Namespace != "" {
		t.Errorf("the class %+v", c)
	}
}

func TestGrantsLeadFromNamespaceToNamespace(t *testing.T) {
	grants := read(t, `
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: g, namespace: bank}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}]
  to: [{group: "", kind: Service, name: pay}]
`).Grants
	route := gateway.Reference{Group: gateway.Group, Kind: "HTTPRoute", Namespace: "shop", Name: "r"}
	pay := gateway.Reference{Kind: "Service", Namespace: "bank", Name: "pay"}
	other := func(r gateway.Reference, change func(*gateway.Reference)) gateway.Reference { change(&r); return r }
	for _, tc := range []struct {
		name     string
		from, to gateway.Reference
		want     bool
	}{
		{"as granted", route, pay, true},
		{"another Service", route, other(pay, func(r *gateway.Reference) { r.Name = "audit" }), false},
		{"from another namespace", other(route, func(r *gateway.Reference) { r.Namespace = "web" }), pay, false},
		{"from another kind", other(route, func(r *gateway.Reference) { r.Kind = "TCPRoute" }), pay, false},
		{"into another namespace", route, other(pay, func(r *gateway.Reference) { r.Namespace = "vault" }), false},
		{"within a namespace", route, other(pay, func(r *gateway.Reference) { r.Namespace = "shop" }), true},
		{"no namespace said", route, other(pay, func(r *gateway.Reference) { r.Namespace = "" }), true},
	} {
		if got := grants.Allow(tc.from, tc.to); got != tc.want {
			t.Errorf("%s: allowed %t, want %t", tc.name, got, tc.want)
		}
	}
}

func TestBackendTLSPolicyIsRead(t *testing.T) {
	p := read(t, `
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: p, namespace: bank}
spec:
  targetRefs: [{group: "", kind: Service, name: pay, sectionName: https}]
  validation: {hostname: pay.bank, wellKnownCACertificates: System, subjectAltNames: [{type: Hostname, hostname: a}, {type: URI, uri: spiffe://a}]}
`).TLSPolicies[0]
	if p.Hostname != "pay.bank" || !p.System || !reflect.DeepEqual(p.SANs, []string{"a", "spiffe://a"}) || p.Targets[0].SectionName != "https" || !p.Targets[0].Is("", "Service") {
		t.Errorf("%+v", p)
	}
}
