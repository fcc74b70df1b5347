package istio

import (
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/passmuster/muster/mesh"
)

// A backend of weight 0 beside others gets nothing now, and stays a place that a rule can go back to.
func TestBackendsOfWeightZeroAreIdle(t *testing.T) {
	f := fleetOf(t, txtar.Parse([]byte(`
-- mesh.yaml --
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: cart, namespace: shop}
spec:
  parentRefs: [{group: "", kind: Service, name: cart}]
  rules: [{backendRefs: [{name: cart, port: 80, weight: 0}, {name: cart-new, port: 80}]}]
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {clusterIP: 10.0.0.1, selector: {app: cart}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: cart-new, namespace: shop}
spec: {clusterIP: 10.0.0.2, selector: {app: cart-new}, ports: [{name: http, port: 80}]}
`)))
	c := clientOf("web shop")
	for _, r := range f.allRoutes(f.scopeOf(c), c) {
		if r.Host != "cart.shop.svc.cluster.local" {
			continue
		}
		rule := r.Rules[0]
		if len(rule.To) != 1 || rule.To[0].Host != "cart-new.shop.svc.cluster.local" || rule.To[0].Weight != 100 {
			t.Errorf("sends to %+v", rule.To)
		}
		if len(rule.Idle) != 1 || rule.Idle[0].Host != r.Host || rule.Idle[0].Missing || rule.Idle[0].WeightOrigin().Path != "/spec/rules/0/backendRefs/0/weight" {
			t.Errorf("idle %+v", rule.Idle)
		}
		return
	}
	t.Error("no route")
}

// Where the labels of a namespace decide and are not in the inputs, its routes are taken to be let in, and somebody is told.
func TestNamespacesWhoseLabelsAreNotKnown(t *testing.T) {
	gateway := func(selector string) string {
		return `
-- mesh.yaml --
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: edge}
spec:
  gatewayClassName: ingress
  listeners: [{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: ` + selector + `}}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: ingress}
spec: {controllerName: istio.io/gateway-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: cart, namespace: shop}
spec:
  parentRefs: [{name: web, namespace: edge}]
  rules: [{backendRefs: [{name: cart, port: 80}]}]
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {clusterIP: 10.0.0.1, selector: {app: cart}, ports: [{name: http, port: 80}]}
`
	}
	for _, tc := range []struct {
		name, selector string
		routes         int
		fact           mesh.FactKind
	}{
		{"by a label that nobody knows", "{matchLabels: {team: a}}", 1, mesh.FactUnsupported},
		{"by its name", "{matchLabels: {kubernetes.io/metadata.name: shop}}", 1, ""},
		{"by the name of another", "{matchLabels: {kubernetes.io/metadata.name: bank}}", 0, mesh.FactInvalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := fleetOf(t, txtar.Parse([]byte(gateway(tc.selector))))
			c := clientOf("web edge gateway gateway.networking.k8s.io/gateway-name=web")
			if got := len(f.allRoutes(f.scopeOf(c), c)); got != tc.routes {
				t.Errorf("%d routes, want %d", got, tc.routes)
			}
			var kinds []mesh.FactKind
			for _, fact := range f.Facts() {
				kinds = append(kinds, fact.Kind)
			}
			switch {
			case tc.fact == "" && len(kinds) > 0, tc.fact != "" && (len(kinds) != 1 || kinds[0] != tc.fact):
				t.Errorf("facts %q, want %q", kinds, tc.fact)
			}
		})
	}
}

// TLSRoutes and TCPRoutes were an alpha feature once: what an older Istio makes of them is said to be assumed.
func TestKindsThatOlderVersionsMayNotRead(t *testing.T) {
	docs := parsed(t, "c1", `
apiVersion: gateway.networking.k8s.io/v1alpha2
kind: TCPRoute
metadata: {name: db, namespace: shop}
spec: {rules: [{backendRefs: [{name: db, port: 5432}]}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: cart, namespace: shop}
spec: {rules: [{backendRefs: [{name: cart, port: 80}]}]}
`)
	for version, want := range map[string]int{"1.30": 1, "1.31": 0} {
		cluster := &mesh.Cluster{Name: "c1", Mesh: "m"}
		f := Build(Input{Mesh: &mesh.Mesh{Name: "m", Version: version}, Clusters: []*mesh.Cluster{cluster}, Docs: docs})
		var found []*mesh.Fact
		for _, fact := range f.Facts() {
			if fact.Kind == mesh.FactUnsupported {
				found = append(found, fact)
			}
		}
		if len(found) != want || want > 0 && found[0].Resource.Kind != "TCPRoute" {
			t.Errorf("Istio %s: %d facts, want %d", version, len(found), want)
		}
	}
}
