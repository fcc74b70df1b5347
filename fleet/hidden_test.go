package fleet_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// caller is a workload whose Service declares that it cannot do without pay.bank.
const caller = `
-- muster.yaml --
apiVersion: passmuster.dev/v1
meshes:
  - {name: prod, kind: istio, version: "1.31", trustDomain: cluster.local, clusters: [east]}
clusters:
  - {name: east, region: us-east-1, zones: [a], sources: [{path: east}]}
-- east/web.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: web, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: bank, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: web
  annotations:
    passmuster.dev/depends-on: pay.bank
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: web}
spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: web:1}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay, namespace: bank}
spec: {selector: {matchLabels: {app: pay}}, template: {metadata: {labels: {app: pay}}, spec: {containers: [{name: pay, image: pay:1}]}}}
-- east/pay.yaml --
apiVersion: v1
kind: Service
metadata:
  name: pay
  namespace: bank
  annotations:
    networking.istio.io/exportTo: "%s"
spec: {selector: {app: pay}, ports: [{name: http, port: 80}]}
-- east/sidecar.yaml --
%s
`

func sidecar(hosts string) string {
	return "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: default, namespace: web}\nspec:\n  egress:\n  - hosts: [" + hosts + "]\n"
}

func TestStrongDependenciesThatTheirCallersDoNotSee(t *testing.T) {
	const cannot = "Deployment web/web in cluster east cannot do without pay.bank.svc.cluster.local and does not see it: "
	const passed = "; its proxy sends requests on as they are, so that no failover, retry or mTLS of the mesh holds for them in any failure"
	const refused = "; its proxy refuses every request to it, today and in any failure (REGISTRY_ONLY)"
	tests := []struct{ name, exportTo, sidecar, want string }{
		{"nothing hides it", "*", "", ""},
		{"the Sidecar imports it", "*", sidecar("./*, bank/*"), ""},
		{"the Sidecar does not", "*", sidecar("./*"), "Sidecar web/default at sidecar.yaml:5 for web.yaml:15: " + cannot + "Sidecar web/default does not import it" + passed},
		{"it is not exported", ".", "", "Service bank/pay at pay.yaml:7 for web.yaml:15: " + cannot + "it is not exported to namespace web" + passed},
		{"neither", ".", sidecar("./*"), "Service bank/pay at pay.yaml:7 for web.yaml:15: " + cannot + "it is not exported to namespace web" + passed},
		{"the proxy refuses what it does not know", "*", sidecar("./*") + "  outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n", "Sidecar web/default at sidecar.yaml:5 for web.yaml:15: " + cannot + "Sidecar web/default does not import it" + refused},
		{"it is exported to the caller by name", "web", sidecar("bank/*"), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := loaded(t, unpack(t, fmt.Sprintf(caller, test.exportTo, test.sidecar)))
			var got []string
			for _, fact := range f.Graph.Facts {
				if fact.Kind == mesh.FactHidden {
					got = append(got, fmt.Sprintf("%s %s/%s at %s for %s: %s", fact.Resource.Kind, fact.Resource.Namespace, fact.Resource.Name,
						fact.Origin.Position().Short(), fact.Related[0].Origin.Position().Short(), fact.Message))
					if fact.Service.Host() != "web.web.svc.cluster.local" || fact.Other.Host() != "pay.bank.svc.cluster.local" {
						t.Errorf("the fact is about %s and %s", fact.Service, fact.Other)
					}
					if fact.Harm != strings.HasSuffix(fact.Message, refused) {
						t.Errorf("harm is %t", fact.Harm)
					}
				}
			}
			if text := strings.Join(got, "\n"); text != test.want {
				t.Errorf("got  %s\nwant %s", text, test.want)
			}
		})
	}
}

func TestWhatTheMeshIsToldOfAWorkload(t *testing.T) {
	f := loaded(t, unpack(t, fmt.Sprintf(caller, "*", `apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: quiet, namespace: bank}
spec:
  metrics:
  - overrides:
    - disabled: true
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: slow, namespace: bank}
spec:
  template:
    metadata:
      annotations:
        proxy.istio.io/config: |
          terminationDrainDuration: 40s
    spec: {containers: [{name: slow, image: slow:1}]}
`)))
	for _, w := range f.Graph.Workloads {
		at, off := w.Telemetry.MetricsOff()
		if off != (w.Namespace == "bank") || off && at.Position().Short() != "sidecar.yaml:7" {
			t.Errorf("%s: metrics off is %t at %s", w.ID, off, at)
		}
		if w.Name != "slow" {
			if w.Proxy != nil {
				t.Errorf("%s: proxy %+v", w.ID, w.Proxy)
			}
			continue
		}
		if d := w.Proxy.TerminationDrain; d.V.String() != "40s" || d.Origin.Position().Short() != "sidecar.yaml:17" {
			t.Errorf("drains %s at %s", d.V, d.Origin)
		}
	}
}
