package istio

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

func TestWhoObeysTheRulesOfAService(t *testing.T) {
	const svc = "{apiVersion: v1, kind: Service, metadata: {name: cart, namespace: shop}, spec: {selector: {app: cart}, ports: [{name: http, port: 80}]}}"
	const host = "cart.shop.svc.cluster.local"
	dr := func(namespace, name, spec string) string {
		return fmt.Sprintf("{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: %s, namespace: %s},\n spec: %s}", name, namespace, spec)
	}
	var clients []*mesh.Client
	for _, ns := range []string{"bank", "shop", "web"} {
		for _, app := range []string{"a", "b"} {
			clients = append(clients, &mesh.Client{Mesh: "m", Cluster: "east", Namespace: ns, Kind: mesh.Sidecar, Labels: map[string]string{"app": app}})
		}
	}
	clients = append(clients, &mesh.Client{Mesh: "m", Cluster: "east", Namespace: "none", Kind: mesh.Unmeshed})
	tests := []struct {
		name  string
		rules []string
		want  []string
	}{
		{"no rule", nil, nil},
		{"the owner's", []string{dr("shop", "cart", "{host: cart}")}, []string{"shop/cart by bank,shop,web"}},
		{"a third namespace's", []string{dr("web", "cart", "{host: "+host+", trafficPolicy: {tls: {mode: DISABLE}}}")}, []string{
			"web/cart by web; not bank,shop: not-visible at mesh.yaml:4: its namespace is neither the client's, nor the service's, nor the root namespace"}},
		{"a namespace without clients", []string{dr("ops", "cart", "{host: "+host+"}")}, []string{
			"ops/cart unused; not bank,shop,web: not-visible at mesh.yaml:4: its namespace is neither the client's, nor the service's, nor the root namespace"}},
		{"a client's own hides the owner's", []string{dr("shop", "cart", "{host: cart}"), dr("web", "all", "{host: '*.local'}")}, []string{
			"shop/cart by bank,shop; not web: shadowed at mesh.yaml:7: DestinationRule web/all wins the lookup as a whole",
			"web/all by web; not bank,shop: not-visible at mesh.yaml:7: its namespace is neither the client's, nor the service's, nor the root namespace"}},
		{"not exported", []string{dr("shop", "cart", "{host: cart, exportTo: ['.']}")}, []string{
			"shop/cart by shop; not bank,web: not-visible at mesh.yaml:4: it is not exported to these clients"}},
		{"for some workloads", []string{dr("web", "a", "{host: "+host+", workloadSelector: {matchLabels: {app: a}}}"), dr("shop", "cart", "{host: cart}")}, []string{
			"web/a by web (selects); not bank,shop: not-visible at mesh.yaml:4: its namespace is neither the client's, nor the service's, nor the root namespace",
			"shop/cart by bank,shop; not web: shadowed at mesh.yaml:4: DestinationRule web/a wins the lookup as a whole; not web: shadowed at mesh.yaml:7: a rule of a nearer namespace or a more specific host is found first, and does not hold for these clients"}},
		{"merged away", []string{dr("shop", "a", "{host: cart, trafficPolicy: {outlierDetection: {}}}"), dr("shop", "b", "{host: cart,\n trafficPolicy: {loadBalancer: {simple: RANDOM}}}")}, []string{
			"shop/a by bank,shop,web",
			"shop/b by bank,shop,web; not bank,shop,web: merged-away at mesh.yaml:8: DestinationRule shop/a has a trafficPolicy for the same host and counts as older: it keeps its own whole"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := fleetFrom(t, append([]string{svc}, test.rules...)...)
			var got []string
			for _, u := range f.Rules(f.Services()[0], clients) {
				line := u.Rule + " by " + strings.Join(u.By, ",")
				if u.Unused() {
					line = u.Rule + " unused"
				}
				if u.Selects {
					line += " (selects)"
				}
				for _, l := range u.Losses {
					line += fmt.Sprintf("; not %s: %s at %s: %s", strings.Join(l.Namespaces, ","), l.Kind, short(l.Origin), l.Detail)
				}
				got = append(got, line)
			}
			if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

func TestGuardsOfAnEndpoint(t *testing.T) {
	f := fleetFrom(t,
		"{apiVersion: v1, kind: Service, metadata: {name: cart, namespace: shop}, spec: {selector: {app: cart}, ports: [{name: http, port: 80, targetPort: 8080}]}}",
		"{apiVersion: v1, kind: Pod, metadata: {name: cart-0, namespace: shop, labels: {app: cart}}, spec: {containers: [{name: c, image: c}]}, status: {podIP: 10.0.0.1}}",
		peerAuthentication("shop", "cart", "{selector: {matchLabels: {app: cart}}, mtls: {mode: STRICT}}"),
		authorizationPolicy("istio-system", "mesh", "{action: DENY, rules: [{from: [{source: {namespaces: [bad]}}]}]}"),
		authorizationPolicy("shop", "cart", "{rules: [{}]}"),
		authorizationPolicy("shop", "pay", "{selector: {matchLabels: {app: pay}}, rules: [{}]}"),
		authorizationPolicy("shop", "log", "{action: AUDIT, rules: [{}]}"))
	var got []string
	for _, g := range f.Services()[0].Endpoints[0].Guards() {
		got = append(got, strings.TrimSpace(g.Action+" "+g.Name)+" at "+short(g.Origin))
	}
	if text := strings.Join(got, "; "); text != "STRICT at mesh.yaml:5; DENY istio-system/mesh at mesh.yaml:7; ALLOW shop/cart at mesh.yaml:9" {
		t.Error(text)
	}
	if g := (&mesh.Endpoint{}).Guards(); g != nil {
		t.Errorf("%v", g)
	}
}
