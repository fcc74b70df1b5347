package render

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/render/confined"
	"github.com/passmuster/muster/loaders/source"
)

func TestAChartIsReadConfined(t *testing.T) {
	dir := write(t, `
-- secret --
password
-- charts/shop/Chart.yaml --
apiVersion: v2
name: shop
version: 1.0.0
-- charts/shop/.helmignore --
*.bak
ci/
-- charts/shop/values.yaml --
replicas: 2
-- charts/shop/old.bak --
x
-- charts/shop/ci/test.yaml --
x
-- charts/shop/templates/a.yaml --
kind: Service
-- charts/shop/shared/b.txt --
text
-- values/east.yaml --
replicas: 3
`)
	for link, target := range map[string]string{"charts/shop/templates/inside.txt": "../shared/b.txt", "charts/shop/outside.txt": "../../secret"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	opts := Options{Source: source.Options{Root: dir}, Roots: []string{"charts", "values"}}.orDefault()
	res := &Result{}
	root, below := rootOf(t, opts, "charts/shop")
	c := chartReader{ctx: t.Context(), root: root, dir: below, res: res, way: map[string]bool{}}
	in := c.read(Source{Kind: Helm, Dir: "charts/shop", Values: []string{"values/east.yaml"}}, opts)
	var names []string
	for _, f := range in.Files {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); got != ".helmignore Chart.yaml shared/b.txt templates/a.yaml templates/inside.txt values.yaml" {
		t.Errorf("files %s", got)
	}
	if in.Chart != "charts/shop" || in.Release != "shop" || in.Namespace != "default" || len(in.Values) != 1 || in.Values[0].Name != "values/east.yaml" {
		t.Errorf("%+v", in)
	}
	if len(res.Diagnostics) != 1 || !strings.HasPrefix(res.Diagnostics[0].Error(), "charts/shop/outside.txt:1:1: this part of the chart leads out") {
		t.Errorf("%v", res.Diagnostics)
	}
}

func rootOf(t *testing.T, opts Options, dir string) (*confined.Root, string) {
	t.Helper()
	root, below, err := confined.For(opts.Source.Root, opts.Roots, dir, source.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return root, below
}

// A chart at the top of a repository is made of its templates, not of everything that lies beside it;
// neither is what its symlinks lead to.
func TestAChartHidesNothingThatLiesBesideIt(t *testing.T) {
	dir := write(t, `
-- Chart.yaml --
apiVersion: v2
name: shop
version: 1.0.0
-- values-east.yaml --
a: 1
-- templates/a.yaml --
apiVersion: v1
kind: Service
metadata: {name: a}
-- deploy/b.yaml --
apiVersion: v1
kind: Service
metadata: {name: b}
-- common/c.yaml --
apiVersion: v1
kind: Service
metadata: {name: c}
`)
	for link, target := range map[string]string{"templates/common": "../common", "templates/up": "../..", "templates/self": ".", "templates/top": ".."} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	res, err := Render(t.Context(), Source{Kind: Helm, Dir: "."}, Options{Source: source.Options{Root: dir}, Child: child(Verb)})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(res.Owned, " "); got != "Chart.yaml templates/a.yaml templates/self templates/top templates/up values-east.yaml" {
		t.Errorf("owned %s", got)
	}
	var names []string
	for _, d := range res.Docs {
		names = append(names, d.Name)
	}
	if got := strings.Join(names, " "); got != "a c" {
		t.Errorf("rendered %s", got)
	}
	const loop = ":1:1: this symlink leads back to a directory that it lies in; it is not followed, and Helm gives up on such a loop (remove it)"
	var told []string
	for _, d := range res.Diagnostics {
		told = append(told, d.Error())
	}
	if got := strings.Join(told, "\n"); got != "templates/self"+loop+"\ntemplates/top"+loop+"\ntemplates/up:1:1: this part of the chart leads out of the directory that was given as input and is not read" {
		t.Errorf("told\n%s", got)
	}
}

// What keeps a chart from being read is told once, not again as a rendering that failed.
func TestABrokenChartIsOneLine(t *testing.T) {
	for files, want := range map[string]string{
		"-- c/Chart.yaml --\napiVersion: v2\nname: c\nversion: 1.0.0\n-- c/values.yaml --\na: [\n": "c/values.yaml:1:1: did not find expected node content",
		"-- c/Chart.yaml --\nname: [\n":                                                                   "c/Chart.yaml:1:1: did not find expected node content",
		"-- c/Chart.yaml --\napiVersion: v2\nname: c\nversion: x\n":                                       "c/Chart.yaml:3:1: version",
		"-- c/Chart.yaml --\napiVersion: v2\nname: c\nversion: 1.0.0\n-- c/charts/a.tgz --\nno archive\n": "c/charts/a.tgz: this is no packed chart",
	} {
		res, err := Render(t.Context(), Source{Kind: Helm, Dir: "c"}, Options{Source: source.Options{Root: write(t, files)}, Child: child(Verb)})
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Diagnostics) != 1 || !strings.HasPrefix(res.Diagnostics[0].Error(), want) || len(res.Missing) != 1 || len(res.Docs) != 0 {
			t.Errorf("%s: %v, %+v", files, res.Diagnostics, res.Missing)
		}
	}
}

// Directories that lead to two others each, over and over, are bounded.
func TestBranchingSymlinksOfAChartAreBounded(t *testing.T) {
	dir := write(t, "-- c/Chart.yaml --\napiVersion: v2\nname: c\nversion: 1.0.0\n-- c/templates/a.yaml --\na: 1\n")
	for i := range 25 {
		name := filepath.Join(dir, fmt.Sprintf("d%d", i))
		if err := os.Mkdir(name, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, way := range []string{"a", "b"} {
			if err := os.Symlink(fmt.Sprintf("../d%d", i+1), filepath.Join(name, way)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "d25"), 0o755), os.Symlink("../../d0", filepath.Join(dir, "c/templates/d"))); err != nil {
		t.Fatal(err)
	}
	res, err := Render(t.Context(), Source{Kind: Helm, Dir: "c"}, Options{Source: source.Options{Root: dir}, Child: child(Verb)})
	if err != nil || len(res.Diagnostics) != 1 || !strings.Contains(res.Diagnostics[0].Error(), "more than 5000 directories") {
		t.Errorf("%v, %+v", err, res)
	}
}
