package fleet

import (
	"context"
	"testing"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// A changed DestinationRule leaves the rollouts in place; a changed Canary is read again.
func TestUpdateKeepsRollouts(t *testing.T) {
	const rule = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: cart, namespace: shop}\nspec: {host: cart.shop.svc.cluster.local}\n"
	canary := func(spec string) string {
		return "apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: {name: cart, namespace: shop}\nspec: {targetRef: {kind: Deployment, name: cart}" + spec + "}\n"
	}
	const deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart, namespace: shop}\nspec: {selector: {matchLabels: {app: cart}}, template: {metadata: {labels: {app: cart}}}}\n"
	f := inMemory(t, Options{}, [2]string{"east/rule.yaml", rule}, [2]string{"east/canary.yaml", canary(", skipAnalysis: true")}, [2]string{"east/cart.yaml", deployment})
	change := func(f *Fleet, kind, text string) *Fleet {
		t.Helper()
		docs, _, diags := source.Parse("new.yaml", []byte(text), source.Options{})
		if len(docs) != 1 || len(diags) > 0 {
			t.Fatal(docs, diags)
		}
		for cluster, list := range f.docs {
			for _, d := range list {
				if d.Kind == kind {
					next, err := f.Update(context.Background(), []Change{{Cluster: cluster, Old: d, New: docs[0]}})
					if err != nil {
						t.Fatal(err)
					}
					return next
				}
			}
		}
		t.Fatal("no " + kind)
		return nil
	}
	promotes := func(f *Fleet) bool {
		t.Helper()
		list := f.Graph.RolloutsOf(f.Graph.Workloads[0])
		if len(list) != 1 || list[0].Controller != mesh.Flagger {
			t.Fatalf("rollouts %+v", list)
		}
		return list[0].Promotes.Or(false)
	}
	if !promotes(f) {
		t.Error("as loaded: nothing stops the Canary")
	}
	f = change(f, "DestinationRule", rule+"# changed\n")
	if !promotes(f) {
		t.Error("after a change of another object")
	}
	f = change(f, "Canary", canary(", analysis: {metrics: [{name: request-success-rate, thresholdRange: {min: 99}}]}"))
	if promotes(f) {
		t.Error("the Canary has a check now")
	}
}
