package resolution_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/report/resolution"
)

func shown(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestADestinationIsShownAsAProxyHoldsIt(t *testing.T) {
	endpoint := func(address, locality string, weight uint32) *mesh.Endpoint {
		return &mesh.Endpoint{Address: address, Locality: mesh.ParseLocality(locality), Weight: weight, Security: mesh.MeshMTLS}
	}
	pool := &mesh.Pool{
		Host: "cart.shop", Port: 80, Discovery: mesh.EDS, LB: "LEAST_REQUEST", Rule: "shop/cart",
		Targets: []mesh.Target{{
			Endpoints: []*mesh.Endpoint{endpoint("10.0.0.2:80", "us/b/r", 6), endpoint("10.0.0.1:80", "us/b/r", 0), endpoint("10.0.0.3:80", "us/a", 4)},
			Detection: mesh.Detection{Outlier: &mesh.OutlierDetection{
				Consecutive5xx: mesh.Of(5, mesh.Default("Envoy")), Interval: mesh.Of(90*time.Second, mesh.Default("Envoy")),
				BaseEjection: mesh.Of(30*time.Second, mesh.Default("Envoy")), MaxEjectionPercent: mesh.Of(67, mesh.Default("Envoy")),
			}},
		}},
		Tiering: &mesh.LocalityTiers{On: true, Weighted: true},
		TLS:     mesh.ClientTLS{Mode: mesh.AutoTLS},
	}
	c := resolution.Of(&mesh.Resolution{Client: &mesh.Client{ID: "web", Locality: mesh.ParseLocality("us/b/r")}, Pools: []*mesh.Pool{pool}}, resolution.Options{})
	want := `{"name":"web","destinations":[{"host":"cart.shop","port":80,"discovery":"eds","lb":"LEAST_REQUEST","destinationRule":"shop/cart",` +
		`"outlierDetection":{"consecutive5xx":5,"consecutiveGateway":0,"interval":"1m30s","baseEjection":"30s","maxEjectionPercent":67,"ejectableEndpoints":2},` +
		`"panicThreshold":0,"tls":"auto","localityLb":"weighted","localityWeights":[{"us/b/r":1},{"us/a":1}],` +
		`"priorities":[[{"address":"10.0.0.1:80","region":"us","zone":"b","subzone":"r","tls":"istio"},` +
		`{"address":"10.0.0.2:80","region":"us","zone":"b","subzone":"r","weight":6,"tls":"istio"}],` +
		`[{"address":"10.0.0.3:80","region":"us","zone":"a","weight":4,"tls":"istio"}]]}]}`
	if got := shown(t, c); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestOriginsAreShownOnRequest(t *testing.T) {
	pool := &mesh.Pool{
		Host: "cart.shop", Rule: "shop/cart", RuleOrigin: mesh.Default("the rule"), Targets: []mesh.Target{{}}, Tiering: mesh.Flat{},
		Losses: []mesh.Loss{{Origin: mesh.Default("somebody"), Detail: "it is lost"}},
	}
	r := &mesh.Resolution{Client: &mesh.Client{}, Pools: []*mesh.Pool{pool}}
	if got := resolution.Of(r, resolution.Options{}).Destinations[0].Origins; got != nil {
		t.Errorf("nobody asked: %v", got)
	}
	got := resolution.Of(r, resolution.Options{Origins: true}).Destinations[0].Origins
	if got["destinationRule"] != "default of the rule" || got["lost[0]"] != "default of somebody: it is lost" {
		t.Errorf("%v", got)
	}
}

func TestOnlyRetriesThatDifferFromTheDefaultAreShown(t *testing.T) {
	const usual = "connect-failure,refused-stream,unavailable,cancelled"
	for _, test := range []struct {
		retries mesh.Retries
		want    string
	}{
		{mesh.Retries{Attempts: 2, On: usual, Default: true}, "null"},
		{mesh.Retries{Attempts: 2, On: usual}, "null"},
		{mesh.Retries{Attempts: 3, On: usual}, `{"attempts":3,"on":"` + usual + `"}`},
		{mesh.Retries{Attempts: 2, On: usual, PerTry: mesh.Of(time.Second, mesh.Default(""))}, `{"attempts":2,"on":"` + usual + `","perTryTimeout":"1s"}`},
	} {
		route := &mesh.Route{Kind: mesh.HTTPRoute, Rules: []*mesh.RouteRule{{Retries: test.retries}}}
		c := resolution.Of(&mesh.Resolution{Client: &mesh.Client{}, Routes: []*mesh.Route{route}}, resolution.Options{})
		if got := shown(t, c.Routes[0].Rules[0].Retries); got != test.want {
			t.Errorf("%+v: %s, want %s", test.retries, got, test.want)
		}
	}
}

func TestTheRulesOfAnActionAreShownByName(t *testing.T) {
	policy := func(name string, rules int) mesh.AuthzPolicy {
		return mesh.AuthzPolicy{Name: name, Rules: make([]mesh.AuthzRule, rules)}
	}
	in := &mesh.Inbound{
		Ports:         []mesh.InboundPort{{Port: 8080, Mode: "STRICT"}},
		Authorization: &mesh.Authorization{Allow: []mesh.AuthzPolicy{policy("shop/b", 1), policy("shop/a", 2)}, Deny: []mesh.AuthzPolicy{policy("shop/c", 0)}},
	}
	c := resolution.Of(&mesh.Resolution{Client: &mesh.Client{}, Inbound: in}, resolution.Options{Inbound: true})
	want := `[{"port":8080,"mtls":"STRICT","rbac":[{"action":"DENY","policy":"ns[shop]-policy[c]-rule[0]"},` +
		`{"action":"ALLOW","policy":"ns[shop]-policy[a]-rule[0]"},{"action":"ALLOW","policy":"ns[shop]-policy[a]-rule[1]"},{"action":"ALLOW","policy":"ns[shop]-policy[b]-rule[0]"}]}]`
	if got := shown(t, c.Inbound); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
