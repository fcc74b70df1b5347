package istio

import (
	"fmt"
	"testing"

	"github.com/passmuster/muster/mesh"
)

func TestWhatKeepsAServiceFromItsCallers(t *testing.T) {
	service := func(annotations string) string {
		return "apiVersion: v1\nkind: Service\nmetadata:\n  name: pay\n  namespace: bank\n  annotations: {" + annotations + "}\nspec: {ports: [{name: http, port: 80}]}\n"
	}
	const exportTo = "networking.istio.io/exportTo"
	entry := "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: pay, namespace: bank}\nspec:\n  hosts: [pay.bank.svc.cluster.local]\n  exportTo: [ops]\n  ports: [{number: 80, name: http, protocol: HTTP}]\n"
	meshDefault := "{apiVersion: install.istio.io/v1alpha1, kind: IstioOperator, metadata: {name: i, namespace: istio-system}, spec: {meshConfig: {defaultServiceExportTo: ['.']}}}"
	sidecar := func(hosts string) string {
		return "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: s, namespace: web}\nspec:\n  egress:\n  - hosts: [" + hosts + "]\n"
	}
	tests := []struct {
		name    string
		objects []string
		want    string
	}{
		{"nothing", []string{service("")}, "seen"},
		{"its own exportTo", []string{service(exportTo + ": ops")}, "mesh.yaml:6: it is not exported to namespace web"},
		{"a ServiceEntry's exportTo", []string{entry}, "mesh.yaml:6: it is not exported to namespace web"},
		{"the mesh's default", []string{service(""), meshDefault}, "mesh.yaml:10: it is not exported to namespace web"},
		{"a Sidecar", []string{service(""), sidecar("./*")}, "mesh.yaml:14: Sidecar web/s does not import it"},
		{"a Sidecar that imports it", []string{service(""), sidecar("./*, bank/pay.bank.svc.cluster.local")}, "seen"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := fleetFrom(t, test.objects...)
			got := "seen"
			if l, hidden := f.Hidden(f.Services()[0], &mesh.Client{Cluster: "east", Namespace: "web", Kind: mesh.Sidecar}); hidden {
				got = fmt.Sprintf("%s: %s", short(l.Origin), l.Detail)
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestARouteToAHostThatIsNotExportedNamesTheLineThatHidesIt(t *testing.T) {
	f := primaries(t, "1.31", virtualService("  http: [{route: [{destination: {host: pay.bank.svc.cluster.local}}]}]")+`
---
apiVersion: v1
kind: Service
metadata:
  name: pay
  namespace: bank
  annotations:
    networking.istio.io/exportTo: "."
spec: {ports: [{name: http, port: 80}]}
`)
	c := &mesh.Client{Cluster: "c1", Namespace: "web", Kind: mesh.Sidecar}
	for _, s := range f.Services() {
		if s.Name != "cart" {
			continue
		}
		losses := f.View(s, c).Losses
		if len(losses) != 1 || losses[0].Kind != mesh.LossMissing || short(losses[0].Origin) != "c1.yaml:6" || short(losses[0].Of) != "c1.yaml:14" ||
			losses[0].Detail != "no host pay.bank.svc.cluster.local for these clients, for it is not exported to namespace web: requests are answered 503" {
			t.Errorf("%+v", losses)
		}
	}
}
