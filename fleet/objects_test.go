package fleet_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
)

// Objects are given as they are written, of the kinds that are asked for, and each has an id of its own.
func TestObjectsAreGivenAsTheyAreWritten(t *testing.T) {
	root := t.TempDir()
	text := `apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: shop}
data: {x: "1"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: shop}
data: {x: "2"}
---
apiVersion: v1
kind: Service
metadata: {name: a, namespace: shop}
`
	if err := os.WriteFile(filepath.Join(root, "a.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := fleet.Load(t.Context(), fleet.Options{Inputs: []source.Input{{Path: root}}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range f.Objects(map[string]bool{"ConfigMap": true}) {
		got = append(got, o.ID)
		if o.Cluster != fleet.DefaultCluster || o.Kind != "ConfigMap" || o.Origin.Position().Line == 0 || len(o.JSON) == 0 {
			t.Errorf("%+v", o)
		}
	}
	if want := []string{"default//ConfigMap/shop/a", "default//ConfigMap/shop/a#2"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if list := f.Objects(nil); list != nil {
		t.Errorf("nobody asked: %v", list)
	}
}
