package istio

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// spoken are objects that speak of the service cart and of some namespaces, each in another way.
var spoken = map[string]string{
	"nothing":      "",
	"a rule":       destinationRule("shop", "cart", "{host: cart, trafficPolicy: {outlierDetection: {}}}"),
	"elsewhere":    destinationRule("bank", "cart", "{host: cart.shop.svc.cluster.local, trafficPolicy: {tls: {mode: DISABLE}}}"),
	"root":         destinationRule("istio-system", "all", "{host: '*.shop.svc.cluster.local', exportTo: ['.'], trafficPolicy: {outlierDetection: {}}}"),
	"exported":     destinationRule("shop", "cart", "{host: cart, exportTo: [web], trafficPolicy: {outlierDetection: {}}}"),
	"private":      destinationRule("shop", "cart", "{host: cart, exportTo: ['.'], trafficPolicy: {outlierDetection: {}}}"),
	"selects":      destinationRule("web", "cart", "{host: cart.shop.svc.cluster.local, workloadSelector: {matchLabels: {app: x}}}"),
	"routed":       spokenRoute("{hosts: [cart], http: [{route: [{destination: {host: cart}}]}]}"),
	"source":       spokenRoute("{hosts: [cart], http: [{match: [{sourceNamespace: web}], route: [{destination: {host: cart}}]}, {route: [{destination: {host: cart}}]}]}"),
	"routed to":    spokenRoute("{hosts: [cart], exportTo: [web, bank], http: [{route: [{destination: {host: cart, subset: v1}}]}]}") + "\n---\n" + destinationRule("a", "cart", "{host: cart.shop.svc.cluster.local, subsets: [{name: v1, labels: {version: v1}}]}"),
	"other target": spokenRoute("{hosts: ['*.shop.svc.cluster.local'], http: [{route: [{destination: {host: pay.bank.svc.cluster.local}}]}]}") + "\n---\n" + otherService(),
	"sidecar":      "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: s, namespace: web}\nspec: {egress: [{hosts: ['./*']}]}",
	"other name":   "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: s, namespace: b}\nspec: {hosts: [cart.shop.svc.cluster.local], exportTo: [web], ports: [{number: 80, name: http, protocol: HTTP}], resolution: STATIC}",
}

func spokenRoute(spec string) string {
	return "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: cart, namespace: shop}\nspec: " + spec
}

func otherService() string {
	return "apiVersion: v1\nkind: Service\nmetadata: {name: pay, namespace: bank, annotations: {networking.istio.io/exportTo: 'web,bank'}}\nspec: {ports: [{name: http, port: 80}]}"
}

func spokenClients() []*mesh.Client {
	var list []*mesh.Client
	for _, namespace := range []string{"a", "b", "c", "d", "shop", "bank", "web", "istio-system"} {
		for _, app := range []string{"x", "y"} {
			for _, kind := range []mesh.ClientKind{mesh.Sidecar, mesh.GatewayPod, mesh.Unmeshed} {
				list = append(list, &mesh.Client{ID: namespace + app, Cluster: "c1", Namespace: namespace, Labels: map[string]string{"app": app}, Kind: kind, Network: app})
			}
		}
	}
	return list
}

// Strangers are of the class that each of them would be of by itself.
func TestStrangersAreOfOneClass(t *testing.T) {
	for name, objects := range spoken {
		f := primaries(t, "1.31", objects)
		shared := 0
		for _, s := range f.Services() {
			for _, c := range spokenClients() {
				sc := f.scopeOf(c)
				if sc.strangersTo(s) != nil {
					shared++
				}
				if got, want := f.Class(s, c), sc.classOf(f, sc.classify(f, s, c, false), c); got != want {
					t.Errorf("%s: %s is of class %q for %s, and by itself of %q", name, c.ID, got, s.ID, want)
				}
			}
		}
		if shared == 0 {
			t.Errorf("%s: nobody is a stranger", name)
		}
	}
}

// What clients share with those of other classes is what each of them would get alone.
func TestViewsAreSharedByThoseWhoGetTheSame(t *testing.T) {
	shared := 0
	for name, objects := range spoken {
		f := primaries(t, "1.31", objects)
		for i, s := range f.Services() {
			seen := map[*mesh.View]string{}
			for _, c := range spokenClients() {
				alone := primaries(t, "1.31", objects)
				v := f.View(s, c)
				if got, want := viewText(c, v), viewText(c, alone.View(alone.Services()[i], c)); got != want {
					t.Errorf("%s: %s gets of %s\n%s\nand alone\n%s", name, c.ID, s.ID, got, want)
				}
				if class, known := seen[v]; known && class != f.Class(s, c) {
					shared++
				}
				seen[v] = f.Class(s, c)
			}
		}
	}
	if shared == 0 {
		t.Error("no view is shared by clients of several classes")
	}
}

func viewText(c *mesh.Client, v *mesh.View) string {
	if v == nil {
		return "nothing"
	}
	var b strings.Builder
	for _, p := range v.Pools {
		describePool(&b, c, p)
		for _, l := range p.Losses {
			fmt.Fprintln(&b, l.Kind, l.Detail)
		}
	}
	for _, r := range v.Routes {
		writeRoute(&b, r)
	}
	for _, l := range v.Losses {
		fmt.Fprintln(&b, l.Kind, l.Detail, l.Origin.Position())
	}
	return b.String()
}
