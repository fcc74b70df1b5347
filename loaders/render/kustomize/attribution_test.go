package kustomize

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

func archive(t testing.TB, name string) *txtar.Archive {
	t.Helper()
	a, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var tops = map[string]string{"levels": "overlays/east", "twice": ".", "delete": "o", "merge": "top"}

func TestValuesAreLocatedWhereTheyWereWritten(t *testing.T) {
	const overlay, via = "overlays/east/kustomization.yaml", "overlays/east/kustomization.yaml:6 kustomize overlay"
	docs := rendered(t, read(t, write(t, archive(t, "levels")), tops["levels"], DefaultLimits()))
	base := func(line int) string {
		return via + " > middle/kustomization.yaml:3 kustomize base > base/kustomization.yaml:" + fmt.Sprint(line) + " kustomize base"
	}
	for _, tc := range []struct{ kind, name, path, want, via string }{
		{"Service", "east-cart", "", "base/cart.yaml:1:1", base(2)},
		{"Service", "east-cart", "/spec/selector/app", "base/cart.yaml:9:5", base(2)},
		{"Service", "east-cart", "/spec/ports/0/port", overlay + ":37:9", ""}, // the key of the merge
		{"Service", "east-cart", "/spec/ports/0/name", "base/cart.yaml:11:5", base(2)},
		{"Service", "east-cart", "/spec/ports/0/appProtocol", overlay + ":38:9", ""},
		{"Service", "east-cart", "/metadata/name", overlay + ":4:1", ""},
		{"Service", "east-cart", "/metadata/namespace", overlay + ":3:1", ""},
		{"Service", "east-cart", "/metadata/labels/region", overlay + ":12:5", ""},
		{"Service", "east-cart", "/metadata/labels/app", "base/cart.yaml:6:5", base(2)},
		{"Service", "east-cart", "/metadata/annotations/team", overlay + ":14:3", ""},
		{"Service", "east-extra-two", "", "overlays/east/extra.yaml:9:1", "overlays/east/kustomization.yaml:7 kustomize overlay"},
		{"Service", "east-extra-two", "/spec/ports/0/port", "overlays/east/extra.yaml:15:5", "overlays/east/kustomization.yaml:7 kustomize overlay"},
		{"Deployment", "east-cart", "/spec/replicas", overlay + ":20:3", ""},
		{"Deployment", "east-cart", "/spec/template/spec/containers/0/image", overlay + ":17:3", ""},
		{"Deployment", "east-cart", "/spec/template/spec/containers/1/image", "base/cart.yaml:30:9", base(2)},
		{"Deployment", "east-cart", "/spec/template/spec/containers/0/env/0/value", "overlays/east/patch.yaml:13:11", "overlays/east/kustomization.yaml:22 kustomize overlay"},
		{"Deployment", "east-cart", "/spec/template/spec/containers/0/ports/0/containerPort", "base/cart.yaml:34:11", base(2)},
		{"Deployment", "east-cart", "/spec/template/spec/containers/0/envFrom/0/configMapRef/name", "base/kustomization.yaml:5:3", ""},
		{"DestinationRule", "east-cart", "/spec/host", "base/policy.yaml:6:3", base(3)},
		{"DestinationRule", "east-cart", "/spec/trafficPolicy/outlierDetection/interval", overlay + ":29:7", ""},
		{"DestinationRule", "east-cart", "/spec/trafficPolicy/outlierDetection/baseEjectionTime", "base/policy.yaml:10:7", base(3)},
		{
			"DestinationRule", "east-cart", "/spec/trafficPolicy/outlierDetection/consecutive5xxErrors", "components/outlier/outlier.yaml:8:7",
			"overlays/east/kustomization.yaml:9 kustomize overlay > components/outlier/kustomization.yaml:4 kustomize component",
		},
		{
			"DestinationRule", "east-cart", "/spec/trafficPolicy/loadBalancer/simple", "middle/host.json:3:14",
			via + " > middle/kustomization.yaml:5 kustomize base",
		},
		{"DestinationRule", "east-cart", "/spec/trafficPolicy", "base/policy.yaml:7:3", base(3)},
		{"ConfigMap", "east-settings-v1-", "", "base/kustomization.yaml:5:3", via + " > middle/kustomization.yaml:3 kustomize base"},
		{"ConfigMap", "east-settings-v1-", "/data/mode", "base/kustomization.yaml:7:5", via + " > middle/kustomization.yaml:3 kustomize base"},
		{"ConfigMap", "east-settings-v1-", "/data/mesh.yaml#text:2", "base/mesh.yaml:2:3", base(9)},
		{"ConfigMap", "east-settings-v1-", "/data/RETRIES", "base/cart.env:2:9", base(11)},
		// What is not there is its nearest ancestor.
		{"Service", "east-cart", "/spec/ports/0/targetPort", "base/cart.yaml:11:5", base(2)},
	} {
		d := find(t, docs, tc.kind, tc.name)
		p := d.Locate(tc.path)
		var steps []string
		for _, v := range p.Via {
			steps = append(steps, fmt.Sprintf("%s:%d %s", v.File, v.Line, v.What))
		}
		if got := strings.Join(steps, " > "); p.String() != tc.want || got != tc.via && tc.via != "" {
			t.Errorf("%s %s %s\n at %v\nwant %s\n via %s\nwant %s", tc.kind, d.Name, tc.path, p, tc.want, got, tc.via)
		}
	}
}

func TestListsThatMovedAndMergedObjects(t *testing.T) {
	docs := rendered(t, read(t, write(t, archive(t, "merge")), tops["merge"], DefaultLimits()))
	for _, tc := range []struct{ kind, name, path, want string }{
		{"Gateway", "gw", "/spec/servers/0/port/number", "top/ops.yaml:6:12"},
		{"Gateway", "gw", "/spec/servers/1/port/number", "base/gw.yaml:9:12"},
		{"Gateway", "gw", "/spec/servers/1/hosts/1", "base/gw.yaml:10:31"},
		{"Gateway", "gw", "/spec/servers/1/hosts/2", "top/ops.yaml:11:3"},
		{"Gateway", "gw", "/spec/selector/istio", "top/kustomization.yaml:26:3"},
		{"Service", "db", "/spec/ports/0/targetPort", "top/many.yaml:21:5"},
		{"Service", "db", "/spec/ports/1/targetPort", "base/db.yaml:13:5"},
		{"Service", "inner", "/spec/ports/0/port", "top/mid/inner/svc.yaml:4:17"},
		{"Service", "inner", "/metadata/namespace", "top/mid/inner/kustomization.yaml:5:1"},
		{"StatefulSet", "db", "/spec/serviceName", "top/kustomization.yaml:23:3"},
		{"StatefulSet", "db", "/spec/replicas", "top/kustomization.yaml:17:14"},
		{"StatefulSet", "db", "/spec/template/spec/containers/0/image", "top/kustomization.yaml:15:3"},
		{"StatefulSet", "db", "/spec/template/spec/containers/0/args/1", "comp/kustomization.yaml:15:15"},
		{"StatefulSet", "db", "/spec/template/spec/containers/0/env/1/value", "base/db.yaml:34:24"},
		{"StatefulSet", "db", "/spec/template/spec/containers/0/env/0/valueFrom/secretKeyRef/name", "base/kustomization.yaml:7:3"},
		{"ConfigMap", "conf", "/data/level", "top/kustomization.yaml:9:5"},
		{"ConfigMap", "conf", "/data/only", "base/kustomization.yaml:4:26"},
		{"ConfigMap", "conf", "/data/extra#text:2", "base/conf.txt:2:1"},
		{"Secret", "pass", "/data/PASSWORD", "base/kustomization.yaml:7:3"},
	} {
		if p := find(t, docs, tc.kind, tc.name).Locate(tc.path); p.String() != tc.want {
			t.Errorf("%s %s %s: at %v, want %s", tc.kind, tc.name, tc.path, p, tc.want)
		}
	}
}

// TestTheTextAtAPositionIsTheValue holds attribution to what it promises: it shows the value
// itself, or the kustomization that made it.
func TestTheTextAtAPositionIsTheValue(t *testing.T) {
	for name, top := range tops {
		t.Run(name, func(t *testing.T) {
			dir := write(t, archive(t, name))
			inKustomization, exact := 0, 0
			for _, d := range rendered(t, read(t, dir, top, DefaultLimits())) {
				for pointer, value := range scalars(t, d.JSON) {
					p := d.Locate(pointer)
					if p.Path != pointer {
						t.Errorf("%s %s %s: path %q", d.Kind, d.Name, pointer, p.Path)
					}
					switch {
					case IsName(filepath.Base(p.File)):
						inKustomization++
					case !stands(t, dir, p, value):
						t.Errorf("%s %s %s: %v is not at %v", d.Kind, d.Name, pointer, value, p)
					default:
						exact++
					}
				}
			}
			if exact*2 < inKustomization {
				t.Errorf("%d values are located exactly, %d at a kustomization", exact, inKustomization)
			}
		})
	}
}

// scalars lists the scalars of an object by JSON pointer.
func scalars(t *testing.T, js []byte) map[string]any {
	t.Helper()
	out := map[string]any{}
	var visit func(pointer string, v any)
	visit = func(pointer string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for key := range v {
				visit(pointer+"/"+escaper.Replace(key), v[key])
			}
		case []any:
			for i := range v {
				visit(fmt.Sprintf("%s/%d", pointer, i), v[i])
			}
		default:
			out[pointer] = v
		}
	}
	visit("", decode(js))
	return out
}

// stands reports whether a file says value at a position, as seen by a parser of its own.
func stands(t *testing.T, dir string, p mesh.Position, value any) bool {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(p.File)))
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.SplitAfter(data, []byte{'\n'}); p.Line <= len(lines) {
		rest := string(bytes.Join(lines[p.Line-1:], nil))[p.Column-1:]
		if s, ok := value.(string); ok && (rest == s || strings.HasPrefix(rest, s+"\n")) {
			return true // the file is the value, or its line is
		}
	}
	found := false
	var visit func(n, shown *yaml.Node)
	visit = func(n, shown *yaml.Node) {
		if shown.Line == p.Line && shown.Column == p.Column && n.Kind == yaml.ScalarNode {
			found = found || n.Value == fmt.Sprint(value)
		}
		for i, c := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 1 {
				visit(c, n.Content[i-1])
			} else if n.Kind != yaml.MappingNode {
				visit(c, c)
			}
		}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var n yaml.Node
		if dec.Decode(&n) != nil {
			return found
		}
		visit(&n, &n)
	}
}

func TestObjectsAreThoseThatKustomizePrints(t *testing.T) {
	for name, top := range tops {
		dir := write(t, archive(t, name))
		want, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(dir, top))
		if err != nil {
			t.Fatal(err)
		}
		got := Run(read(t, dir, top, DefaultLimits()).Input())
		if got.Error != "" || len(got.Objects) != want.Size() {
			t.Fatalf("%s: %d objects, want %d; %s", name, len(got.Objects), want.Size(), got.Error)
		}
		for i, res := range want.Resources() {
			text, err := res.AsYAML()
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Objects[i].Text) != string(text) {
				t.Errorf("%s\n got %s\nwant %s", name, got.Objects[i].Text, text)
			}
		}
	}
}

func TestLinesOfAnEmbeddedTextAreThoseOfTheFile(t *testing.T) {
	docs := rendered(t, plan(t, "o", `
-- o/kustomization.yaml --
resources: [../b]
namespace: istio-system
patches:
- patch: |-
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: patched}
    data:
      mesh: |
        trustDomain: east
        enableTracing: true
-- b/kustomization.yaml --
resources: [a.yaml]
-- b/a.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: plain}
data:
  mesh: |
    # a comment with a tab	and trailing blanks   
    trustDomain: west
---
apiVersion: v1
kind: ConfigMap
metadata: {name: patched}
data: {mesh: "trustDomain: none"}
`))
	for name, want := range map[string]string{"plain": "b/a.yaml:7:5", "patched": "o/kustomization.yaml:10:9"} {
		d := find(t, docs, "ConfigMap", name)
		text, _ := member(member(decode(d.JSON), "data"), "mesh").(string)
		p := source.Embedded(d, "/data/mesh", text).Locate("/trustDomain")
		if p.String() != want || p.Path != "/data/mesh#/trustDomain" {
			t.Errorf("%s: at %v (%s), want %s", name, p, p.Path, want)
		}
	}
}

func TestTheWayTellsTwoInclusionsOfABaseApart(t *testing.T) {
	docs := rendered(t, read(t, write(t, archive(t, "twice")), ".", DefaultLimits()))
	for _, color := range []string{"blue", "green"} {
		p := find(t, docs, "Service", color+"-web").Locate("/spec/ports/1/port")
		if p.String() != "base/all.yaml:8:53" || len(p.Via) != 3 || p.Via[1].File != color+"/kustomization.yaml" {
			t.Errorf("%s: %v via %v", color, p, p.Via)
		}
	}
	p := find(t, docs, "VirtualService", "blue-web").Locate("/spec/http/0/route/0/port")
	if p.String() != "kustomization.yaml:17:18" {
		t.Errorf("replacement at %v", p)
	}
}

func TestLocatingIsSafeFromSeveralGoroutines(t *testing.T) {
	docs := rendered(t, read(t, write(t, archive(t, "levels")), tops["levels"], DefaultLimits()))
	done := make(chan string)
	for range 4 {
		go func() {
			var all []string
			for _, d := range docs {
				for _, pointer := range slices.Sorted(maps.Keys(scalars(t, d.JSON))) {
					all = append(all, d.Locate(pointer).String())
				}
			}
			done <- strings.Join(all, "\n")
		}()
	}
	first := <-done
	for range 3 {
		if other := <-done; other != first {
			t.Error("positions differ")
		}
	}
}

// FuzzKustomization reads a kustomization with bytes of a stranger: nothing it says may crash the
// parent or bring something to fetch into the copy.
func FuzzKustomization(f *testing.F) {
	for name, top := range tops {
		for _, file := range archive(f, name).Files {
			if strings.HasPrefix(file.Name, top) || top == "." {
				f.Add(string(file.Data))
			}
		}
	}
	for _, entry := range refusedEntries {
		f.Add(entry.text)
	}
	f.Add("Resources: [https://example.com/a]\nPATCHES: [{Path: 'git::x'}]\n")
	f.Add("resources: [.]\ncomponents: [..]\nconfigMapGenerator: [{name: x, files: ['a=', '=', 'kustomization.yaml']}]\n")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, s string) {
		if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
		p := read(t, dir, ".", DefaultLimits())
		lines := strings.Count(s, "\n") + 2
		for _, problem := range p.Problems {
			if problem.Message == "" || problem.Position.Line > lines || strings.Contains(problem.Message, "\n") {
				t.Fatalf("%q: %+v", s, problem)
			}
		}
		for _, file := range p.Input().Files {
			checkNothingToFetch(t, file.Data)
		}
		if _, spec, diags := Parse("kustomization.yaml", []byte(s), source.Options{}); len(diags) == 0 {
			References(spec)
			HelmCharts(".", spec)
		}
	})
}

// checkNothingToFetch looks at the copy of a kustomization as kustomize reads it.
func checkNothingToFetch(t *testing.T, data []byte) {
	t.Helper()
	_, spec, diags := Parse("copy.yaml", data, source.Options{})
	if len(diags) > 0 {
		return
	}
	old := deprecatedOf(&spec)
	fields := [][]string{spec.Resources, *old.bases, spec.Components, spec.Crds, spec.Configurations, spec.Generators, spec.Transformers, spec.Validators}
	var patches []string
	for _, p := range *old.patchesStrategicMerge {
		patches = append(patches, string(p))
	}
	for _, p := range append(spec.Patches, *old.patchesJSON...) {
		patches = append(patches, p.Path)
	}
	for _, p := range spec.Replacements {
		patches = append(patches, p.Path)
	}
	for _, g := range spec.ConfigMapGenerator {
		patches = append(patches, sourceFiles(g.KvPairSources)...)
	}
	for _, g := range spec.SecretGenerator {
		patches = append(patches, sourceFiles(g.KvPairSources)...)
	}
	for _, entries := range append(fields, patches, []string{spec.OpenAPI["path"]}) {
		for _, e := range entries {
			if IsRemote(e) {
				t.Fatalf("the child is given %q in %s", e, data)
			}
		}
	}
	if len(spec.HelmCharts)+len(spec.HelmChartInflationGenerator) > 0 || spec.HelmGlobals != nil {
		t.Fatalf("the child is given a chart in %s", data)
	}
}
