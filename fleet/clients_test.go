package fleet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// A gateway that only hands TLS connections on calls nobody, also where its Service lacks the label of a network.
func TestGatewaysThatCallServices(t *testing.T) {
	const tree = `
-- muster.yaml --
apiVersion: passmuster.dev/v1
meshes: [{name: prod, kind: istio, version: "1.31", clusters: [east]}]
clusters: [{name: east, region: us-east-1, zones: [a], sources: [{path: east}]}]
-- east/gateway.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: door, namespace: istio-system}
spec: {selector: {matchLabels: {istio: eastwestgateway}}, template: {metadata: {labels: {istio: eastwestgateway}}, spec: {containers: [{name: istio-proxy, image: auto}]}}}
%s`
	const passing = "{port: {number: 15443, name: tls, protocol: TLS}, tls: {mode: AUTO_PASSTHROUGH}, hosts: ['*.local']}"
	const serving = "{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}"
	object := func(name string, servers ...string) string {
		return "---\napiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: " + name + ", namespace: istio-system}\nspec: {selector: {istio: eastwestgateway}, servers: [" + strings.Join(servers, ", ") + "]}\n"
	}
	for _, test := range []struct {
		name, gateways string
		calls          bool
	}{
		{"no Gateway", "", true},
		{"it hands connections on", object("cross-network", passing), false},
		{"it serves as well", object("cross-network", passing, serving), true},
		{"another Gateway lets it serve", object("cross-network", passing) + object("front", serving), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := loaded(t, unpack(t, fmt.Sprintf(tree, test.gateways)))
			calls := slices.ContainsFunc(f.Graph.Clients, func(c *mesh.Client) bool { return c.Kind == mesh.GatewayPod })
			if calls != test.calls {
				t.Errorf("it is a caller: %t, want %t", calls, test.calls)
			}
		})
	}
}
