package render

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/source"
)

const fleet = `
-- overlays/east/kustomization.yaml --
resources: [../../base, own.yaml]
components: [../../component]
patches: [{path: patch.yaml}]
-- overlays/east/own.yaml --
apiVersion: v1
-- overlays/east/patch.yaml --
apiVersion: v1
-- overlays/east/beside.yaml --
apiVersion: v1
-- overlays/west/kustomization.yml --
resources: [../../base]
helmCharts: [{name: redis}]
-- overlays/west/charts/redis/Chart.yaml --
name: redis
-- base/Kustomization --
resources: [a.yaml]
-- base/a.yaml --
apiVersion: v1
-- component/kustomization.yaml --
kind: Component
patches: [{path: p.yaml}]
-- component/p.yaml --
apiVersion: v1
-- flux/kustomization.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps}
spec: {path: ./apps}
-- broken/kustomization.yaml --
resources: [
-- circle/a/kustomization.yaml --
resources: [../b]
-- circle/b/kustomization.yaml --
resources: [../a]
-- ignored/kustomization.yaml --
resources: [a.yaml]
-- .gitignore --
ignored/
-- shop/Chart.yaml --
name: shop
-- shop/values.yaml --
a: 1
-- shop/templates/a.yaml --
apiVersion: v1
-- shop/templates/kustomization.yaml --
resources: [a.yaml]
-- shop/charts/dep/Chart.yaml --
name: dep
-- shop/deploy/plain.yaml --
apiVersion: v1
-- lib/Chart.yaml --
name: lib
type: library
-- lib/templates/x.yaml --
apiVersion: v1
`

func TestDiscoverFindsWhatIsRenderedOnItsOwn(t *testing.T) {
	dir := write(t, fleet)
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	found, err := Discover(t.Context(), []source.Input{{Path: ".", Cluster: "c"}}, source.Options{Root: dir, Exclude: []string{"excluded"}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range found.Sources {
		got = append(got, fmt.Sprintf("%v %s %s", s.Kind, s.Dir, s.Cluster))
	}
	want := "kustomize broken c|kustomize circle/a c|kustomize overlays/east c|kustomize overlays/west c|helm shop c"
	if strings.Join(got, "|") != want {
		t.Errorf("sources %s", strings.Join(got, "|"))
	}
	owned := "base/Kustomization base/a.yaml broken/kustomization.yaml circle/a/kustomization.yaml circle/b/kustomization.yaml " +
		"component/kustomization.yaml component/p.yaml lib/Chart.yaml lib/templates/x.yaml " +
		"overlays/east/kustomization.yaml overlays/east/own.yaml overlays/east/patch.yaml " +
		"overlays/west/charts/redis/Chart.yaml overlays/west/kustomization.yml " +
		"shop/Chart.yaml shop/charts/dep/Chart.yaml shop/templates/a.yaml shop/templates/kustomization.yaml shop/values.yaml"
	if got := strings.Join(found.Owned, " "); got != owned {
		t.Errorf("owned\n%s\nwant\n%s", got, owned)
	}
}

func TestDiscoverKeepsClustersApart(t *testing.T) {
	dir := write(t, fleet)
	found, err := Discover(t.Context(), []source.Input{{Path: "overlays", Cluster: "east"}, {Path: "base", Cluster: "west"}}, source.Options{Root: dir})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range found.Sources {
		got = append(got, s.Dir+" "+s.Cluster)
	}
	if strings.Join(got, "|") != "base west|overlays/east east|overlays/west east" {
		t.Errorf("sources %v", got)
	}
	if _, err := Discover(t.Context(), []source.Input{{Path: "none"}}, source.Options{Root: dir}); err == nil {
		t.Error("an input that does not exist is no error")
	}
}

func TestWhatDiscoverFindsIsRendered(t *testing.T) {
	dir := write(t, fleet)
	res, err := Render(t.Context(), Source{Dir: "circle/a"}, Options{Source: source.Options{Root: dir}, Child: child(Verb)})
	if err != nil || len(res.Diagnostics) != 1 || !strings.Contains(res.Diagnostics[0].Error(), "circle/b/kustomization.yaml:1:13: circle/a is, or contains, a kustomization that asks for it") {
		t.Errorf("%v, %+v", err, res)
	}
}

// A kustomization takes nothing from elsewhere away: kustomize would not read it.
func TestAKustomizationOwnsNothingOfElsewhere(t *testing.T) {
	dir := write(t, `
-- k/kustomization.yaml --
resources: [../prod/a.yaml, linked.yaml, own.yaml, ../base]
patches: [{path: ../prod/b.yaml}]
-- k/own.yaml --
apiVersion: v1
-- prod/a.yaml --
apiVersion: v1
-- prod/b.yaml --
apiVersion: v1
-- prod/c.yaml --
apiVersion: v1
-- base/kustomization.yaml --
resources: [c.yaml]
-- base/c.yaml --
apiVersion: v1
`)
	if err := os.Symlink("../prod/c.yaml", filepath.Join(dir, "k/linked.yaml")); err != nil {
		t.Fatal(err)
	}
	found, err := Discover(t.Context(), []source.Input{{Path: "."}}, source.Options{Root: dir})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(found.Owned, " "); got != "base/c.yaml base/kustomization.yaml k/kustomization.yaml k/own.yaml" {
		t.Errorf("owned %s", got)
	}
}
