package fleet_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/diff"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/fleet"
)

// changesOf tells what edits of a tree change, judged by the tree as it was.
func changesOf(t *testing.T, tree string, edits ...[]edit) *diff.Result {
	t.Helper()
	side := func(f *fleet.Fleet) diff.Side {
		m, err := failover.Compute(context.Background(), f.Graph, failover.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return diff.Side{Graph: f.Graph, Model: m.Model}
	}
	was, is := edited(t, tree), edited(t, tree, edits...)
	base := loadTree(t, was, configOf(t, was), nil)
	head := loadTree(t, is, configOf(t, was).At(is), fleet.StandardsOf(base))
	r, err := diff.Compare(context.Background(), side(base), side(head))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A service that has no cell in the head has not survived: callers that do not call it any more, and services that are gone, take
// theirs with them.
func TestNothingVanishes(t *testing.T) {
	const sidecar = "    - payments/payments.payments.svc.cluster.local\n"
	without := func(files ...string) (list []edit) {
		for _, f := range files {
			list = append(list, edit{file: f, new: removed})
		}
		return list
	}
	payments := without("clusters/us-east/payments/payments.yaml", "clusters/us-west/payments/payments.yaml", "mesh/payments.yaml")
	unlisted := []edit{{file: "mesh/sidecars.yaml", old: sidecar, new: "    - \"payments/*\"\n"}}
	nobody := []edit{{file: "mesh/payments.yaml", old: "cluster.local/ns/checkout/sa/checkout", new: "cluster.local/ns/checkout/sa/nobody"}}
	inOneZone := []edit{{file: "clusters/us-east/payments/payments.yaml", old: "      serviceAccountName", new: "      nodeSelector: {topology.kubernetes.io/zone: us-east-1a}\n      serviceAccountName"}}
	plain := []edit{{file: "mesh/namespaces.yaml", old: "  name: payments\n  labels:\n    istio-injection: enabled", new: "  name: payments"}}
	west := []edit{{file: "clusters/us-west/other.yaml", new: "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: other, namespace: payments}\n" +
		"spec: {action: DENY, rules: [{from: [{source: {namespaces: [checkout]}}]}]}\n"}}
	var otherPort []edit
	for _, c := range []string{"us-east", "us-west"} {
		otherPort = append(otherPort, edit{file: "clusters/" + c + "/payments/payments.yaml", old: "    port: 8080\n", new: "    port: 9090\n"})
	}
	redirected := []edit{{file: "mesh/payments.yaml", old: "    route:\n    - destination:\n        host: payments.payments.svc.cluster.local\n    timeout: 6s\n", new: "    redirect: {authority: other.example}\n"},
		{file: "mesh/payments.yaml", old: "    retries:\n      attempts: 2\n      perTryTimeout: 2s\n      retryOn: connect-failure,refused-stream,unavailable,cancelled\n      retryRemoteLocalities: true\n", new: "    name: elsewhere\n"}}
	for _, c := range []struct {
		name  string
		edits [][]edit
		want  []string // change, level, service and reason of what is unproven or lost today
	}{
		{"nothing", nil, nil},
		{"the service, while its caller names it", [][]edit{payments}, []string{
			"unproven warning fraud: nobody in the inputs calls it any more",
			"unproven warning ledger: nobody in the inputs calls it any more",
			"unproven note api.cardnetwork.example: nobody in the inputs calls it any more",
			"worse error payments: no service has this name any more, and checkout-v1 still needs it (Sidecar egress)",
		}},
		{"the service, and what named it", [][]edit{payments, unlisted}, []string{
			"unproven warning fraud: nobody in the inputs calls it any more",
			"unproven warning ledger: nobody in the inputs calls it any more",
			"unproven warning payments: the service is gone, and with it what its objective promised",
			"unproven note api.cardnetwork.example: nobody in the inputs calls it any more",
		}},
		{"its only caller, from all that names it", [][]edit{unlisted, nobody}, []string{
			"unproven warning payments: nobody in the inputs calls it any more",
		}},
		{"its only caller, from the policy alone", [][]edit{nobody}, []string{
			"worse error payments: policies refuse these callers on a normal day",
		}},
		{"its callers of one cluster", [][]edit{west}, []string{"worse error payments: policies refuse these callers on a normal day"}},
		{"callers from a zone", [][]edit{inOneZone}, nil},
		{"proxies of callers", [][]edit{plain}, []string{
			"unproven error fraud: the mesh sends no request of these callers to the service any more",
			"unproven error ledger: the mesh sends no request of these callers to the service any more",
			"unproven note api.cardnetwork.example: nobody in the inputs calls it any more",
		}},
		{"a port", [][]edit{otherPort}, []string{"unproven error payments: the service has no port 8080 any more"}},
		{"what a route leads to", [][]edit{redirected}, []string{"unproven error payments: the mesh sends no request of these callers to the service any more"}},
		{"a service that nobody promised anything about", [][]edit{without("clusters/us-east/platform/notifications.yaml")}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, g := range changesOf(t, "shop", c.edits...).Groups {
				cell := g.Cells[0].Head
				if !cell.Scenario.IsNone() {
					continue
				}
				got = append(got, string(g.Change)+" "+string(g.Level)+" "+g.Service.Name+": "+cell.Reason)
			}
			if !slices.EqualFunc(got, c.want, strings.HasPrefix) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// A service that loses its last endpoint loses its port with it, in a mesh where ports are those of instances: its callers ask the same
// question all the same.
func TestCallersOfAServiceWithoutPortAreTheSame(t *testing.T) {
	r := changesOf(t, "bank", []edit{{file: "entries/hsm.hcl", new: removed}})
	for _, g := range r.Groups {
		if g.Service.Name == "hsm" && g.Change == diff.Worse && g.Level == analyzer.Error && g.Cells[0].Head.FailingShare == 1 {
			return
		}
	}
	t.Errorf("hsm is not worse: %+v", r.Cells)
}
