package istio

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

func virtualService(spec string) string {
	return "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: cart, namespace: shop}\nspec:\n  hosts: [cart]\n" + spec
}

// rulesOfCart are what callers in namespace web are told of cart, by port and kind.
func rulesOfCart(t *testing.T, f *Fleet) []*mesh.RouteRule {
	t.Helper()
	c := &mesh.Client{Cluster: "c1", Namespace: "web", Kind: mesh.Sidecar}
	for _, s := range f.Services() {
		if s.Name == "cart" {
			return f.View(s, c).Routes[0].Rules
		}
	}
	t.Fatal("no cart")
	return nil
}

func short(o mesh.Origin) string { return o.Position().Short() }

func TestWeightsAreSharesOfTheirSum(t *testing.T) {
	rule := rulesOfCart(t, primaries(t, "1.31", virtualService(`  http:
  - route:
    - destination: {host: cart}
      weight: 2
    - destination: {host: cart, subset: v2}
      weight: 1
    - destination:
        host: pay
      weight: 0
`)))[0]
	if rule.WeightSum != 3 || len(rule.To) != 2 || rule.To[0].Weight != 2 || rule.To[1].Weight != 1 {
		t.Errorf("sum %d, %+v", rule.WeightSum, rule.To)
	}
	if got := short(rule.To[1].WeightOrigin()); got != "c1.yaml:11" {
		t.Errorf("weight of v2 at %s", got)
	}
	if len(rule.Idle) != 1 || rule.Idle[0].Host != "pay.shop.svc.cluster.local" || short(rule.Idle[0].WeightOrigin()) != "c1.yaml:14" {
		t.Errorf("idle %+v", rule.Idle)
	}
}

func TestASingleDestinationHasNoSum(t *testing.T) {
	rule := rulesOfCart(t, primaries(t, "1.31", virtualService("  http: [{route: [{destination: {host: cart}}]}]")))[0]
	if rule.WeightSum != 0 || len(rule.To) != 1 || rule.To[0].Weight != 100 || rule.Idle != nil {
		t.Errorf("sum %d, %+v, idle %+v", rule.WeightSum, rule.To, rule.Idle)
	}
}

func TestTheLineOfAFaultIsKnown(t *testing.T) {
	rules := rulesOfCart(t, primaries(t, "1.31", virtualService(`  http:
  - match: [{uri: {prefix: /slow}}]
    route: [{destination: {host: cart}}]
    fault:
      delay: {fixedDelay: 5s, percentage: {value: 10}}
  - route: [{destination: {host: cart}}]
`)))
	if !rules[0].Injected || short(rules[0].FaultOrigin) != "c1.yaml:9" {
		t.Errorf("%q at %s", rules[0].Fault, rules[0].FaultOrigin)
	}
	if !rules[1].FaultOrigin.IsZero() {
		t.Errorf("a rule without a fault has one at %s", rules[1].FaultOrigin)
	}
}

func TestADelegateInheritsTheFaultOfItsRoot(t *testing.T) {
	rules := rulesOfCart(t, primaries(t, "1.31", virtualService(`  http:
  - fault:
      abort: {httpStatus: 500, percentage: {value: 1}}
    delegate: {name: leaf}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: leaf, namespace: shop}
spec:
  http:
  - route: [{destination: {host: cart}}]
`)))
	if got := short(rules[0].FaultOrigin); got != "c1.yaml:7" {
		t.Errorf("fault at %s", got)
	}
}

func TestWeightsThatIstioRefuses(t *testing.T) {
	tests := []struct{ name, spec, want string }{
		{"not 100", "  http: [{route: [{destination: {host: cart}, weight: 1}, {destination: {host: cart}, weight: 1}]}]", ""},
		{"none, of one", "  http: [{route: [{destination: {host: cart}, weight: 0}]}]", ""},
		{"none, of two", "  http: [{route: [{destination: {host: cart}}, {destination: {host: cart}, weight: 0}]}]",
			"c1.yaml:6 Istio refuses VirtualService shop/cart: all destinations of a rule have weight 0"},
		{"negative", "  http:\n  - route:\n    - destination: {host: cart}\n      weight: -1\n",
			"c1.yaml:9 Istio refuses VirtualService shop/cart: weight -1 is negative"},
		{"of bytes", "  tcp:\n  - route: [{destination: {host: cart}}, {destination: {host: cart}}]\n",
			"c1.yaml:7 Istio refuses VirtualService shop/cart: all destinations of a rule have weight 0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, fact := range primaries(t, "1.31", virtualService(test.spec)).Facts() {
				if fact.Kind == mesh.FactInvalid {
					got = append(got, fmt.Sprintf("%s %s", short(fact.Origin), fact.Message))
				}
			}
			if strings.Join(got, "\n") != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
