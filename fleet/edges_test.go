package fleet_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// twoMeshes: web of an Istio mesh calls cars.example, near and at the address of a gateway of the other mesh.
const twoMeshes = `
-- muster.yaml --
apiVersion: passmuster.dev/v1
meshes:
  - {name: cloud, kind: istio, version: "1.31", clusters: [aws]}
  - {name: other, kind: KIND, clusters: [fra]}
clusters:
  - {name: aws, region: us-east-1, zones: [a, b], sources: [{path: aws}]}
  - {name: fra, region: eu-central-1, zones: [a], sources: [{path: fra}]}
-- aws/cars.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: web, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {nodeSelector: {topology.kubernetes.io/zone: b}, containers: [{name: c, image: "x:1"}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: cars, namespace: web}
spec:
  hosts: [cars.example]
  location: MESH_EXTERNAL
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP, targetPort: 443}]
  endpoints:
  - {address: 198.51.100.7, locality: us-east-1/a}
  - {address: 203.0.113.40, locality: eu-central-1/a}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: cars, namespace: web}
spec:
  host: cars.example
  trafficPolicy:
    connectionPool: {tcp: {connectTimeout: 1s}}
    loadBalancer: {localityLbSetting: {failover: [{from: us-east-1, to: eu-central-1}]}}
    outlierDetection: {consecutive5xxErrors: 5, maxEjectionPercent: 100}
    tls: {mode: ISTIO_MUTUAL, sni: cars.example}
-- fra/gateway.yaml --
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: way-in, namespace: desk}
spec:
  gatewayClassName: consul
  addresses: [{type: IPAddress, value: 203.0.113.40}]
  listeners:
  - {name: https, port: 443, protocol: HTTPS, tls: {mode: Terminate, certificateRefs: [{name: cars}]}}
`

// The mTLS of an Istio mesh fails at an address that is certainly a gateway of another mesh, and nowhere else outside of it.
func TestMeshMTLSToAGatewayOfAnotherMesh(t *testing.T) {
	const listener = "{name: https, port: 443, protocol: HTTPS, tls: {mode: Terminate, certificateRefs: [{name: cars}]}}"
	for _, c := range []struct {
		name    string
		kind    string
		replace []string
		says    string // "" = the requests are answered there
	}{
		{"ends TLS", "consul", nil, "mesh mTLS is spoken to Gateway desk/way-in of the mesh other, which ends TLS with a certificate of its own (203.0.113.40)"},
		{"of Linkerd", "linkerd", nil, "of the mesh other, which ends TLS"},
		{"takes plaintext", "consul", []string{listener, "{name: http, port: 443, protocol: HTTP}"}, "of the mesh other, which takes plaintext"},
		{"with the address in its status", "consul", []string{"  addresses: [{type: IPAddress, value: 203.0.113.40}]\n", "", "certificateRefs: [{name: cars}]}}\n",
			"certificateRefs: [{name: cars}]}}\nstatus: {addresses: [{value: 203.0.113.40}]}\n"}, "which ends TLS"},
		{"of a mesh of Istio", "istio", nil, ""},
		{"of Istio's own class", "linkerd", []string{"gatewayClassName: consul", "gatewayClassName: istio"}, ""},
		{"passes TLS on", "consul", []string{listener, "{name: tls, port: 443, protocol: TLS, tls: {mode: Passthrough}}"}, ""},
		{"passes some of it on", "consul", []string{listener, listener + "\n  - {name: tls, port: 443, hostname: b.example, protocol: TLS, tls: {mode: Passthrough}}"}, ""},
		{"names no certificate", "consul", []string{listener, "{name: https, port: 443, protocol: HTTPS, tls: {options: {a: b}}}"}, ""},
		{"at another port", "consul", []string{"port: 443", "port: 8443"}, ""},
		{"at another address", "consul", []string{"value: 203.0.113.40", "value: 203.0.113.41"}, ""},
		{"at a private address", "consul", []string{"203.0.113.40", "10.0.0.40"}, ""},
		{"two of them", "consul", []string{"apiVersion: gateway", "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: too, namespace: desk}\nspec:\n" +
			"  gatewayClassName: consul\n  addresses: [{value: 203.0.113.40}]\n  listeners: [" + listener + "]\n---\napiVersion: gateway"}, ""},
		{"a member of the mesh by its account", "consul", []string{"{address: 203.0.113.40,", "{address: 203.0.113.40, serviceAccount: cars,"}, ""},
		{"with TLS of its own", "consul", []string{"mode: ISTIO_MUTUAL", "mode: SIMPLE"}, ""},
		{"a port that is none", "consul", []string{"port: 443", "port: 443000"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.NewReplacer(append([]string{"KIND", c.kind}, c.replace...)...).Replace(twoMeshes)
			f := loaded(t, unpack(t, text))
			cars := serviceOf(t, f, "cars.example")
			m, err := failover.Compute(context.Background(), f.Graph, failover.Options{Services: func(s *mesh.Service) bool { return s == cars },
				Scenarios: []failover.Scenario{failover.One(failover.Zone, "us-east-1/a")}})
			if err != nil {
				t.Fatal(err)
			}
			seen := 0
			for _, cell := range m.Cells {
				if cell.Fault != failover.Crash || cell.Client.Kind != mesh.Sidecar {
					continue
				}
				seen++
				want, says := "survives 0.00", ""
				if c.says != "" {
					want, says = "lost 1.00", c.says
				}
				if got := fmt.Sprintf("%s %.2f", cell.Outcome, cell.FailingShare); got != want || !strings.Contains(cell.Reason, says) {
					t.Errorf("%s: %s (%s), want %s (%s)", cell.ID(), got, cell.Reason, want, says)
				}
				if says != "" && (cell.Causes[0].Kind != failover.CauseTLSMismatch || cell.Causes[0].Origin.Path != "/spec/trafficPolicy/tls/mode") {
					t.Errorf("%s: %+v", cell.ID(), cell.Causes)
				}
			}
			if seen != 1 {
				t.Errorf("%d cells: %v", seen, cellIDs(m.Cells))
			}
		})
	}
}
