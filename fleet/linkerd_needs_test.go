package fleet_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
)

// ledgerIn is a Deployment of one cluster with its Service.
func ledgerIn(cluster string) string {
	return fmt.Sprintf(`-- %s/ledger.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: ledger, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: ledger}}
  template: {metadata: {labels: {app: ledger}}, spec: {containers: [{name: c, image: x}]}}
---
apiVersion: v1
kind: Service
metadata: {name: ledger, namespace: shop}
spec: {selector: {app: ledger}, ports: [{name: http, port: 80}]}
`, cluster)
}

// The pods behind a mirror cannot do without what they need in their own cluster, and whoever calls the mirror is told so.
func TestNeedsOfPodsBehindAMirror(t *testing.T) {
	const here, there, needs = "workload=east/shop/Deployment/ledger", "workload=west/shop/Deployment/ledger", "passmuster.dev/depends-on: ledger"
	ledgers := ledgerIn("east") + ledgerIn("west")
	// west's web needs what east's does not say that it needs.
	one := func(how string) string { return linkTo + webIn("east", "", "") + webIn("west", how, needs) + ledgers }
	members := func(east, west string) string {
		return linkTo + webIn("east", member, east) + webIn("west", member, west) + ledgers
	}
	mirror := "-- east/mirror.yaml --\napiVersion: v1\nkind: Service\nmetadata: {name: web-west, namespace: shop, labels: {multicluster.linkerd.io/remote-discovery: west, multicluster.linkerd.io/remote-service: web}, annotations: {" + needs + "}}\nspec: {ports: [{name: http, port: 80}]}\n"
	callers := "-- east/shopfront.yaml --\napiVersion: v1\nkind: Service\nmetadata: {name: shopfront, namespace: front, annotations: {passmuster.dev/depends-on: web-west.shop}}\nspec: {selector: {app: front}, ports: [{name: http, port: 80}]}\n"
	for _, tt := range []struct {
		name, manifests, service string
		want                     map[string]string // scenario -> cell of east
	}{
		{"a mirror by gateway", one(exported), "web-west", map[string]string{there: "lost", here: "-"}},
		{"a flat mirror", one(flat), "web-west", map[string]string{there: "lost", here: "-"}},
		{"a member of a federated service", members("", needs), "web-federated", map[string]string{there: "degraded 0.50", here: "-"}},
		{"the member of the callers' cluster", members(needs, ""), "web-federated", map[string]string{there: "-", here: "degraded 0.50"}},
		{"both members", members(needs, needs), "web-federated", map[string]string{there: "degraded 0.50", here: "degraded 0.50"}},
		{"nobody says a need", members("", ""), "web-federated", map[string]string{there: "-", here: "-"}},
		{"a mirror that is written copies the need of the pods behind it", linkTo + webIn("east", "", "") + webIn("west", flat, "") + mirror + ledgers, "web-west", map[string]string{there: "lost", here: "-"}},
		{"a route to both", one(flat) + routed(backends("web=1", "web-west=1")), "web", map[string]string{there: "degraded 0.50", here: "-"}},
		{"a route whose requests the mirror takes alone", one(exported) + routed(backends("web-west=1")), "web", map[string]string{there: "lost", here: "-"}},
		{"a caller that needs the mirror", one(exported) + callers, "shopfront", map[string]string{there: "lost", here: "-"}},
		{"a caller that needs a flat mirror", one(flat) + callers, "shopfront", map[string]string{there: "lost", here: "-"}},
		{"the loss of the mirror as a service", one(flat) + callers, "shopfront", map[string]string{"service=prod/east/shop/web-west.shop.svc.cluster.local": "lost"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := loaded(t, unpack(t, twoLinkerds+tt.manifests))
			for scenario, want := range tt.want {
				if got := cell(t, f, tt.service, scenario, failover.Crash); got != want && !(want == "-" && strings.HasPrefix(got, "survives")) {
					t.Errorf("%s: %s, want %s", scenario, got, want)
				}
			}
		})
	}
}
