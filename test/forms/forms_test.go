// Package forms holds the example fleet shop, which stands under testdata/fleets in four forms, to its word: the plain
// manifests, the kustomize overlays, the Helm chart and the Argo CD monorepo give the same objects in every cluster. The forms are
// rendered by kustomize's and Helm's own libraries, without any of muster's loaders, so that they can judge those. It renders our own
// testdata only: none of the limits that hostile input needs are here.
package forms

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sigs.k8s.io/yaml"
)

const fleets = "../../testdata/fleets"

// forms are the trees that say the same as shop.
var forms = []string{"shop-kustomize", "shop-helm", "shop-argocd"}

// manifest is the part of a muster.yaml that says what a fleet is made of.
type manifest struct {
	Meshes     any       `json:"meshes"`
	Clusters   []cluster `json:"clusters"`
	Objectives any       `json:"objectives"`
}

type cluster struct {
	Name    string   `json:"name"`
	Region  string   `json:"region"`
	Zones   []string `json:"zones"`
	Network string   `json:"network"`
	Sources []entry  `json:"sources"`
}

func TestEveryFormGivesTheObjectsOfShop(t *testing.T) {
	want := renderFleet(t, filepath.Join(fleets, "shop"))
	for _, form := range forms {
		t.Run(form, func(t *testing.T) {
			got := renderFleet(t, filepath.Join(fleets, form))
			for _, name := range slices.Sorted(maps.Keys(want)) {
				if len(want[name]) == 0 {
					t.Errorf("shop has no objects in %s: nothing was compared", name)
				}
				for _, d := range differences(want[name], got[name]) {
					t.Errorf("%s: %s", name, d)
				}
			}
		})
	}
}

func TestEveryFormDeclaresWhatShopDeclares(t *testing.T) {
	want := declarations(t, "shop")
	for _, form := range forms {
		t.Run(form, func(t *testing.T) {
			for _, d := range diff("", want, declarations(t, form)) {
				t.Error(d)
			}
		})
	}
}

// The comparison itself must see what it is there for.
func TestDifferencesAreSeen(t *testing.T) {
	rule := func(text string) objects {
		o := objects{}
		if err := o.add([]byte(text), "test"); err != nil {
			t.Fatal(err)
		}
		return o
	}
	const plain = `{apiVersion: v1, kind: Service, metadata: {name: a, namespace: x}, spec: {ports: [{port: 80}]}}`
	for _, tc := range []struct {
		name, other, want string
	}{
		{"equal", `{kind: Service, metadata: {namespace: x, name: a}, spec: {ports: [{port: 80}]}, apiVersion: v1}`, "[]"},
		{"value", `{apiVersion: v1, kind: Service, metadata: {name: a, namespace: x}, spec: {ports: [{port: 81}]}}`,
			"[/Service x/a: /spec/ports/0/port: want 80, got 81]"},
		{"text for a number", `{apiVersion: v1, kind: Service, metadata: {name: a, namespace: x}, spec: {ports: [{port: "80"}]}}`,
			`[/Service x/a: /spec/ports/0/port: want 80, got "80"]`},
		{"label", `{apiVersion: v1, kind: Service, metadata: {name: a, namespace: x, labels: {app: a}}, spec: {ports: [{port: 80}]}}`,
			`[/Service x/a: /metadata/labels: not in shop: {"app":"a"}]`},
		{"length", `{apiVersion: v1, kind: Service, metadata: {name: a, namespace: x}, spec: {ports: []}}`,
			`[/Service x/a: /spec/ports: want 1 entries, got 0]`},
		{"name", `{apiVersion: v1, kind: Service, metadata: {name: b, namespace: x}, spec: {ports: [{port: 80}]}}`,
			"[/Service x/a: missing /Service x/b: not in shop]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := fmt.Sprint(differences(rule(plain), rule(tc.other))); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

// declarations returns a fleet's muster.yaml without its sources.
func declarations(t *testing.T, form string) any {
	t.Helper()
	m := readManifest(t, filepath.Join(fleets, form))
	for i := range m.Clusters {
		m.Clusters[i].Sources = nil
	}
	data, err := yaml.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := yaml.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func readManifest(t *testing.T, dir string) manifest {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "muster.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	if err := yaml.Unmarshal(data, &m); err != nil {
		t.Fatalf("%s: %v", dir, err)
	}
	return m
}

// renderFleet returns the objects of each cluster of a fleet.
func renderFleet(t *testing.T, dir string) map[string]objects {
	t.Helper()
	out := map[string]objects{}
	for _, c := range readManifest(t, dir).Clusters {
		out[c.Name] = objects{}
		for _, s := range c.Sources {
			if err := s.render(dir, out[c.Name]); err != nil {
				t.Fatalf("%s: %s: %v", dir, c.Name, err)
			}
		}
	}
	return out
}
