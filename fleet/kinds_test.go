package fleet

import (
	"testing"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Without a config, objects tell what mesh they are of; annotations tell it where there are none.
func TestKindsOfMeshesThatNobodyDeclares(t *testing.T) {
	inject := func(by string) string {
		return "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, annotations: {" + by + "}, labels: {" + by + "}}\n"
	}
	for name, c := range map[string]struct {
		text string
		want mesh.Kind
	}{
		"nothing":                     {inject("a: b"), mesh.Istio},
		"Istio's object":              {"apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: a}\n", mesh.Istio},
		"Linkerd's object":            {"apiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: {name: a}\n", mesh.Linkerd},
		"Consul's object":             {"apiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceDefaults\nmetadata: {name: a}\n", mesh.Consul},
		"Linkerd's annotation":        {inject("linkerd.io/inject: enabled"), mesh.Linkerd},
		"Consul's annotation":         {inject("consul.hashicorp.com/connect-inject: 'true'"), mesh.Consul},
		"Istio's label":               {inject("istio-injection: enabled"), mesh.Istio},
		"an object beats annotations": {inject("linkerd.io/inject: enabled") + "---\napiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceDefaults\nmetadata: {name: a}\n", mesh.Consul},
		"Istio beats others":          {"apiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: {name: a}\n---\napiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: a}\n", mesh.Istio},
	} {
		t.Run(name, func(t *testing.T) {
			dir := written(t, map[string]string{"in/a.yaml": c.text})
			f, err := Load(t.Context(), Options{Inputs: []source.Input{{Path: "in"}}, Source: source.Options{Root: dir}})
			if err != nil {
				t.Fatal(err)
			}
			if got := f.Graph.Meshes[0].Kind; got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
