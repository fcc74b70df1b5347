package fleet_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
)

// A chart that the config names, in a folder that it names as well, is rendered once, with the values
// that the config gives it.
func TestANamedChartIsNotFoundOnceMore(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"muster.yaml":            "apiVersion: passmuster.dev/v1\nclusters:\n- name: east\n  sources: [{path: .}, {helm: pay, set: {name: a}, namespace: shop, release: pay}]\n",
		"pay/Chart.yaml":         "apiVersion: v2\nname: pay\nversion: 1.0.0\n",
		"pay/values.yaml":        "name: b\n",
		"pay/templates/pay.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: {{ .Values.name }}}\nspec: {ports: [{port: 80}]}\n",
		"plain/cart.yaml":        "apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\nspec: {ports: [{port: 80}]}\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(filepath.Join(dir, "muster.yaml"), dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := fleet.Load(context.Background(), fleet.Options{Config: cfg, Source: source.Options{Root: dir}})
	if err != nil || len(f.Inputs.Unreadable) > 0 {
		t.Fatal(err, f.Inputs.Unreadable)
	}
	var names []string
	for _, s := range f.Graph.Services {
		names = append(names, s.Name)
	}
	if len(f.Inputs.Rendered) != 1 || len(names) != 2 || names[0] != "a" || names[1] != "cart" {
		t.Errorf("services %v, rendered %+v; want a and cart, of one rendering", names, f.Inputs.Rendered)
	}
}
