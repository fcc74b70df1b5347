package rules_test

import (
	"slices"
	"strings"
	"testing"
)

// Lines of a fixture keep their numbers in the files that it becomes, and objects go where the comments say.
func TestLayOut(t *testing.T) {
	text := `apiVersion: passmuster.dev/v1
# all clusters
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Namespace
metadata: {name: other}
# cluster: east region=us-east-1 zones=a,b network=net
apiVersion: v1
kind: Service
metadata: {name: x, namespace: shop}
# file: deep/y.yaml
apiVersion: v1
kind: Service
metadata: {name: y, namespace: shop}`
	l := layOut(strings.Split(text, "\n"), own)
	if want := []string{"name: east, region: us-east-1, zones: [a, b], network: net"}; !slices.Equal(l.clusters, want) {
		t.Errorf("clusters %q, want %q", l.clusters, want)
	}
	files := l.files(map[string]bool{"* /Namespace//other": true})
	want := map[string]int{"all/fixture.yaml": 5, "clusters/east/fixture.yaml": 13, "clusters/east/deep/y.yaml": 17}
	if len(files) != len(want) {
		t.Errorf("files %v, want %v", files, want)
	}
	for path, last := range want {
		lines := strings.Split(files[path], "\n")
		if !strings.HasPrefix(lines[last-1], "metadata:") || lines[last-1] != strings.Split(text, "\n")[last-1] {
			t.Errorf("%s: line %d is %q", path, last, lines[last-1])
		}
		if strings.Contains(files[path], "other") {
			t.Errorf("%s has the object that is replaced", path)
		}
	}
}

// The kind of the mesh is the fixture's, else its setting's; files of HCL have no document markers.
func TestLayOutOfAMesh(t *testing.T) {
	text := `# mesh: consul edition=enterprise
# cluster: dc1 region=us-east-1
# file: pay.hcl
Kind = "service-resolver"
# file: web.hcl
Kind = "service-splitter"`
	f := fixture{lines: strings.Split(text, "\n")}
	l := layOut(f.lines, own)
	if l.kind() != "consul" {
		t.Errorf("the mesh is %q", l.kind())
	}
	for path, text := range l.files(nil) {
		if strings.Contains(text, "---") || !strings.HasSuffix(path, ".hcl") {
			t.Errorf("%s: %q", path, text)
		}
	}
	config := f.config(l, l.clusters, l.names)
	if !strings.Contains(config, "- {name: mesh, trustDomain: cluster.local, kind: consul, edition: enterprise}") {
		t.Errorf("%s", config)
	}
	f.lines = append([]string{"apiVersion: passmuster.dev/v1", "meshes: [{name: bank, kind: consul}]"}, f.lines...)
	if l := layOut(f.lines, own); strings.Count(f.config(l, l.clusters, l.names), "meshes:") != 1 {
		t.Errorf("%s", f.config(l, l.clusters, l.names))
	}
}

func TestWants(t *testing.T) {
	list, err := wantsOf(strings.Split(`a: b # want DR103 "x"
c: d # want DR104 warning "\\d+ of"
e: f # <- DR105
g: "#"`, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range list {
		got = append(got, w.String())
	}
	if want := []string{`line 1: want DR103  x`, `line 2: want DR104 warning \d+ of`, `line 3: want DR105`}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, wrong := range []string{`a # want DR103`, `a # want "x"`, `a # want DR103 loud "x"`, `a # want DR103 "("`, `a # <- here`} {
		if _, err := wantsOf([]string{wrong}); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

func TestNothingStandsAboveTheFirstCase(t *testing.T) {
	if _, err := fixturesOf("x", "# a comment\n\nkind: Service\n# case: a\n"); err == nil {
		t.Error("an object above the first case is taken")
	}
	list, err := fixturesOf("x", "# case: one\na: b\n# case: another one in=shop\nc: d\n")
	if err != nil || len(list) != 2 || list[1].name != "another one" || list[1].setting != "shop" || list[1].lines[1] != "" || list[1].lines[3] != "c: d" {
		t.Errorf("%+v, %v", list, err)
	}
}
