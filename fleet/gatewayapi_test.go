package fleet_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// ingress is a shop of two regions that a Gateway of class istio leads into: nothing of the gateway runs in the inputs.
const ingress = `
-- muster.yaml --
apiVersion: passmuster.dev/v1
meshes:
  - {name: prod, kind: istio, version: "1.31", trustDomain: cluster.local, clusters: [east]}
clusters:
  - {name: east, region: us-east-1, zones: [a, b], sources: [{path: east}]}
objectives:
  - match: {service: cart}
    survive: [zone]
    faults: [crash]
-- east/shop.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: bank, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: cart-new, namespace: bank}
spec: {selector: {app: cart-new}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec:
      topologySpreadConstraints:
      - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: cart}}}
      containers: [{name: c, image: x}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart-new, namespace: bank}
spec:
  replicas: 2
  selector: {matchLabels: {app: cart-new}}
  template:
    metadata: {labels: {app: cart-new}}
    spec:
      topologySpreadConstraints:
      - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: cart-new}}}
      containers: [{name: c, image: x}]
-- east/mesh.yaml --
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: cart, namespace: shop}
spec:
  parentRefs: [{name: web}]
  hostnames: [cart.example.com]
  rules:
  - backendRefs: [{name: cart, port: 80, weight: 3}, {name: cart-new, namespace: bank, port: 80, weight: 1}]
    timeouts: {request: 2s}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: cart, namespace: shop}
spec: {host: cart, trafficPolicy: {outlierDetection: {consecutive5xxErrors: 5, maxEjectionPercent: 100}}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: cart-new, namespace: bank}
spec: {host: cart-new, trafficPolicy: {outlierDetection: {consecutive5xxErrors: 5, maxEjectionPercent: 100}}}
`

const grant = `
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: g, namespace: bank}
spec: {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}], to: [{group: "", kind: Service}]}
`

// istioIngress is the same way in, by Istio's own objects, with the pods of a gateway.
const istioIngress = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: x}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: cart, namespace: shop}
spec:
  gateways: [web]
  hosts: [cart.example.com]
  http:
  - route:
    - {destination: {host: cart, port: {number: 80}}, weight: 75}
    - {destination: {host: cart-new.bank.svc.cluster.local, port: {number: 80}}, weight: 25}
    timeout: 2s
`

// fromGateways are the failing shares of cart as gateways see them, by scenario and fault, the gateways, and the findings of DR105.
func fromGateways(t *testing.T, archive string) (failing map[string]float64, gateways []*mesh.Client, found []string) {
	t.Helper()
	f, m, findings := audit(t, unpack(t, archive))
	failing = map[string]float64{}
	for _, c := range m.Cells {
		if c.Client.Kind == mesh.GatewayPod && c.Service.Name == "cart" && !strings.HasPrefix(c.Scenario.String(), "release=") {
			failing[c.Scenario.String()+" "+string(c.Fault)] = c.FailingShare
		}
	}
	for _, c := range f.Graph.Clients {
		if c.Kind == mesh.GatewayPod {
			gateways = append(gateways, c)
		}
	}
	for _, finding := range findings {
		if finding.Rule.ID == "DR105" {
			found = append(found, fmt.Sprintf("%v %s: %s", finding.Level, finding.Origin.Position().Short(), finding.Message))
		}
	}
	return failing, gateways, found
}

// everyFault are the shares of one scenario that are equal for all faults.
func everyFault(into map[string]float64, scenario string, share float64) {
	for _, fault := range []failover.Fault{failover.Crash, failover.Hang, failover.Partition, failover.Error} {
		into[scenario+" "+string(fault)] = share
	}
}

// Two pods of each backend in two zones, ejected when they hang: the loss of a zone fails nothing, that of cart its three quarters.
func TestAGatewayThatIstioDeploysIsACaller(t *testing.T) {
	want := map[string]float64{}
	everyFault(want, "zone=us-east-1/a", 0)
	everyFault(want, "zone=us-east-1/b", 0)
	everyFault(want, "workload=east/shop/Deployment/cart", 0.75)
	failing, gateways, found := fromGateways(t, ingress+grant)
	if !maps.Equal(failing, want) {
		t.Errorf("failing %v, want %v", failing, want)
	}
	if len(found) > 0 {
		t.Errorf("found %q", found)
	}
	if len(gateways) != 1 {
		t.Fatalf("%d gateways", len(gateways))
	}
	if g := gateways[0]; g.Namespace != "shop" || g.Locality != (mesh.Locality{Region: "us-east-1"}) || g.Members != 0 ||
		!slices.Equal(g.Principals, []string{"cluster.local/ns/shop/sa/web-istio"}) {
		t.Errorf("the gateway %+v", g)
	}
}

// A quarter of the requests goes to a backend that no ReferenceGrant opens, and is answered 500 on any day.
func TestABackendWithoutAGrantFailsItsShare(t *testing.T) {
	want := map[string]float64{"none crash": 0.25}
	everyFault(want, "zone=us-east-1/a", 0.25)
	everyFault(want, "zone=us-east-1/b", 0.25)
	everyFault(want, "workload=east/shop/Deployment/cart", 1)
	failing, _, found := fromGateways(t, ingress)
	if !maps.Equal(failing, want) {
		t.Errorf("failing %v, want %v", failing, want)
	}
	message := "error mesh.yaml:13: Before any failure, 25 % of the requests to cart:80 from us-east-1 fail: cart-new.bank.svc.cluster.local:80 " +
		"is refused, for no ReferenceGrant in namespace bank lets routes of kind HTTPRoute of namespace shop refer to it."
	if !slices.Equal(found, []string{message}) {
		t.Errorf("found %q, want %q", found, message)
	}
}

// What the Gateway API says and what Istio's own objects say of the same way in is predicted alike.
func TestBothKindsOfGatewaysAreAlike(t *testing.T) {
	own, rules := strings.Index(ingress, "apiVersion: gateway.networking"), strings.Index(ingress, "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule")
	istio, gateways, _ := fromGateways(t, ingress[:own]+istioIngress+ingress[rules:])
	api, _, _ := fromGateways(t, ingress+grant)
	if len(gateways) != 1 || gateways[0].Members != 1 {
		t.Fatalf("the gateways of Istio's objects: %+v", gateways)
	}
	for at := range istio {
		if strings.HasPrefix(at, "workload=east/shop/Deployment/web ") {
			delete(istio, at) // its pods are in the inputs
		}
	}
	if !maps.Equal(istio, api) {
		t.Errorf("by Istio's objects %v, by the Gateway API %v", istio, api)
	}
}

func TestGatewaysThatAreNoCallersOfTheirOwn(t *testing.T) {
	for _, tc := range []struct {
		name, old, with string
		gateways        int // callers that are gateways
		members         int // pods of them
	}{
		{"another class", "gatewayClassName: istio", "gatewayClassName: nginx", 0, 0},
		{"a waypoint", "gatewayClassName: istio", "gatewayClassName: istio-waypoint", 0, 0},
		{"its pods are in the inputs", "kind: DestinationRule\nmetadata: {name: cart, ",
			"kind: DestinationRule\nmetadata: {name: x, namespace: shop}\nspec: {host: cart}\n---\napiVersion: v1\nkind: Pod\n" +
				"metadata: {name: web, namespace: shop, labels: {gateway.networking.k8s.io/gateway-name: web}}\nspec: {containers: [{name: c, image: x}]}\n" +
				"---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: cart, ", 1, 1},
		{"a Service of its own that is not in the inputs", "listeners: [", "addresses: [{type: Hostname, value: web}], listeners: [", 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			changed := strings.Replace(ingress+grant, tc.old, tc.with, 1)
			if changed == ingress+grant {
				t.Fatal("nothing changed")
			}
			_, gateways, _ := fromGateways(t, changed)
			members := 0
			for _, g := range gateways {
				members += g.Members
			}
			if len(gateways) != tc.gateways || members != tc.members {
				t.Errorf("%d gateways with %d pods, want %d with %d", len(gateways), members, tc.gateways, tc.members)
			}
		})
	}
}
