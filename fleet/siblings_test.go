package fleet_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// siblings loads files without a config (or with one), and returns what it says about sibling folders.
func siblings(t *testing.T, cfg *config.Config, files map[string]string) (notes []string, duplicates int) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := fleet.Load(context.Background(), fleet.Options{Config: cfg, Inputs: []source.Input{{Path: "."}}, Source: source.Options{Root: dir}})
	if err != nil {
		t.Fatal(err)
	}
	for _, fact := range f.Graph.Facts {
		switch fact.Kind {
		case mesh.FactSiblingOverlays:
			if fact.Origin.Position().IsZero() {
				t.Errorf("no position: %s", fact.Message)
			}
			if at := fact.Origin.Position().File; files[at] == "" {
				t.Errorf("%s is no file: %s", at, fact.Message)
			}
			notes = append(notes, fact.Message)
		case mesh.FactDuplicate:
			duplicates++
		}
	}
	return notes, duplicates
}

const (
	siblingCart = "apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\nspec: {ports: [{port: 80}]}\n"
	siblingRule = "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: cart, namespace: shop}\nspec: {host: cart}\n"
)

func TestSiblingFoldersYieldOneNote(t *testing.T) {
	const proposes = "these look like separate environments or clusters. Run muster init: it proposes a muster.yaml that tells them apart."
	for _, tc := range []struct {
		name  string
		files map[string]string
		want  string // "" = no note
		also  int    // duplicates that stay
	}{
		{"two folders", map[string]string{"dev/a.yaml": siblingCart + siblingRule, "prod/a.yaml": siblingCart + siblingRule},
			"2 objects stand in more than one folder (dev, prod), and only the first of each was audited: " + proposes, 0},
		{"many folders", map[string]string{"a/a.yaml": siblingCart, "b/a.yaml": siblingCart, "c/a.yaml": siblingCart, "d/a.yaml": siblingCart, "e/a.yaml": siblingCart, "f/a.yaml": siblingCart},
			"5 objects stand in more than one folder (a, b, c, d and 2 more), and only the first of each was audited: " + proposes, 0},
		{"overlays", map[string]string{"base/a.yaml": siblingCart, "base/kustomization.yaml": "resources: [a.yaml]\n",
			"overlays/dev/kustomization.yaml": "resources: [../../base]\n", "overlays/prod/kustomization.yaml": "resources: [../../base]\n"},
			"2 variants stand side by side (overlays/dev, overlays/prod), and muster cannot tell which is for which cluster: " + proposes, 0},
		{"values", map[string]string{"pay/Chart.yaml": "name: pay\n", "pay/values.yaml": "a: 1\n", "pay/values-dev.yaml": "a: 1\n", "pay/values-prod.yaml": "a: 1\n"},
			"2 variants stand side by side (pay/values-dev.yaml, pay/values-prod.yaml), and muster cannot tell which is for which cluster: " + proposes, 0},
		{"all at once", map[string]string{"dev/a.yaml": siblingCart, "prod/a.yaml": siblingCart, "overlays/base/a.yaml": siblingRule, "overlays/base/kustomization.yaml": "resources: [a.yaml]\n",
			"overlays/x/kustomization.yaml": "resources: [../base]\n", "overlays/y/kustomization.yaml": "resources: [../base]\n"},
			"1 object stands in more than one folder (dev, prod), and only the first of each was audited; 2 variants stand side by side (overlays/x, overlays/y), and muster cannot tell which is for which cluster: " + proposes, 0},
		{"one file twice in a folder", map[string]string{"a.yaml": siblingCart, "b.yaml": siblingCart}, "", 1},
		{"one overlay", map[string]string{"overlays/prod/kustomization.yaml": "resources: []\n", "a.yaml": siblingCart}, "", 0},
		{"values without a chart", map[string]string{"values-a.yaml": "a: 1\n", "values-b.yaml": "a: 1\n", "a.yaml": siblingCart}, "", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			notes, duplicates := siblings(t, nil, tc.files)
			if got := strings.Join(notes, "\n"); got != tc.want || duplicates != tc.also {
				t.Errorf("got %d duplicates and\n%s\nwant %d and\n%s", duplicates, got, tc.also, tc.want)
			}
		})
	}
	if notes, duplicates := siblings(t, &config.Config{}, map[string]string{"dev/a.yaml": siblingCart, "prod/a.yaml": siblingCart}); len(notes) != 0 || duplicates != 1 {
		t.Errorf("with a config: %d duplicates, %q", duplicates, notes)
	}
}

// A source that has to be rendered is never left out in silence.
func TestSourcesThatAreNotThereAreReported(t *testing.T) {
	cfg, problems := config.Parse("muster.yaml", []byte("apiVersion: passmuster.dev/v1\nclusters:\n- {name: c, sources: [{kustomize: overlays/c}, {helm: charts/pay}]}\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	f, err := fleet.Load(context.Background(), fleet.Options{Config: cfg, Source: source.Options{Root: t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range f.Inputs.Unreadable {
		got = append(got, d.Error())
	}
	want := "muster.yaml:3:23: overlays/c is not there\n" +
		"muster.yaml:3:48: charts/pay is not there"
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}
