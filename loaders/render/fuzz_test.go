package render

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// FuzzFilesToDocuments goes the whole way from the files of a kustomization or a chart to documents:
// discovery, plan, checks, rendering (in this process) and attribution. Nothing panics, and every
// place that is told is one of the files.
func FuzzFilesToDocuments(f *testing.F) {
	const object = "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  namespace: shop\n"
	for _, seed := range []string{
		"resources: [a.yaml, ../base]\nnamespace: far\npatches:\n- path: p.yaml\n",
		"resources: [a.yaml]\nnamePrefix: x-\nlabels: [{pairs: {a: b}, includeSelectors: true}]\npatches:\n- patch: |-\n    - {op: add, path: /spec, value: {type: ClusterIP}}\n  target: {kind: Service}\n",
		"resources: [a.yaml, https://a.invalid/b, gone.yaml, ..]\ncomponents: [../base]\n",
		"resources: [a.yaml]\ntransformers: [a.yaml]\ngenerators:\n- |-\n  apiVersion: builtin\n  kind: ConfigMapGenerator\n  metadata: {name: x}\n  literals: [a=b]\n",
		"configMapGenerator: [{name: x, files: [k=a.yaml], literals: [a=b]}]\nreplacements: [{source: {kind: Service}, targets: [{select: {kind: ConfigMap}, fieldPaths: [data.a]}]}]\n",
	} {
		f.Add(false, []byte(seed), []byte(object), []byte("resources: [b.yaml]\n"))
		f.Add(false, []byte(seed), []byte(object), []byte("kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n"))
	}
	const chart = "apiVersion: v2\nname: c\nversion: 1.0.0\n"
	f.Add(true, []byte(chart), []byte("a: {b: c}\n"), []byte("{{- define \"x\" }}{{ .a.b }}{{ end }}"+object+"  labels: {a: {{ include \"x\" .Values | quote }}}\n"))
	f.Add(true, []byte(chart+"dependencies:\n- {name: redis, version: 1.x, condition: redis.enabled}\nkubeVersion: '>=1.0'\n"), []byte("redis: {enabled: true}\n"), []byte(object+"{{ fail \"x\" }}"))
	f.Fuzz(func(t *testing.T, chart bool, a, b, c []byte) {
		if len(a)+len(b)+len(c) > 4000 || costly(a) || costly(b) || costly(c) {
			t.Skip()
		}
		files := map[string][]byte{"k/kustomization.yaml": a, "k/a.yaml": b, "k/p.yaml": b, "base/kustomization.yaml": c, "base/b.yaml": []byte("apiVersion: v1\nkind: Service\nmetadata:\n  name: b\n")}
		if chart {
			files = map[string][]byte{"k/Chart.yaml": a, "k/values.yaml": b, "k/templates/a.yaml": c}
		}
		checkFiles(t, files)
	})
}

func checkFiles(t *testing.T, files map[string][]byte) {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	opts := Options{Source: source.Options{Root: dir}, inProcess: answer}
	found, err := Discover(t.Context(), []source.Input{{Path: "."}}, opts.Source)
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range found.Sources {
		res, err := Render(t.Context(), src, opts)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range res.Diagnostics {
			if d.Message == "" || strings.Contains(d.Message, "\n") {
				t.Fatalf("%v: %q", d.Position, d.Message)
			}
			checkPlace(t, files, d.Position)
		}
		for _, m := range res.Missing {
			if m.What == "" || m.Anywhere && len(m.Namespaces) > 0 {
				t.Fatalf("%+v", m)
			}
			checkPlace(t, files, m.Position)
		}
		for _, i := range res.Ignored {
			checkPlace(t, files, mesh.Position{File: i.File, Line: i.Line})
		}
		for _, d := range res.Docs {
			checkPlace(t, files, mesh.Position{File: d.File, Line: d.Line})
			for _, pointer := range []string{"", "/metadata", "/metadata/name", "/metadata/namespace", "/spec", "/data/a", "/x/0/y"} {
				checkPlace(t, files, d.Locate(pointer))
			}
		}
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Fatalf("took %v", took)
	}
}

// checkPlace: a place is a line of one of the files, or a file or directory as a whole.
func checkPlace(t *testing.T, files map[string][]byte, at mesh.Position) {
	t.Helper()
	data, known := files[at.File]
	for name := range files {
		known = known || path.Dir(name) == at.File
	}
	if !known || at.Line < 0 || at.Line > bytes.Count(data, []byte{'\n'})+1 {
		t.Fatalf("%v is no place of the input", at)
	}
}

// costly keeps the fuzzer away from what only a limit of memory and time can stop.
func costly(text []byte) bool {
	for _, word := range []string{"until", "repeat", "gen", "derive", "bcrypt", "htpasswd", "seq", "encrypt", "indent", "wrap", "%"} {
		if bytes.Contains(bytes.ReplaceAll(text, []byte("generators"), nil), []byte(word)) {
			return true
		}
	}
	for _, word := range []string{"range", "include", "template", "tpl", "shuffle", "rand"} {
		if bytes.Count(text, []byte(word)) > 2 {
			return true
		}
	}
	digits := 0
	for _, c := range text {
		if digits++; c < '0' || c > '9' {
			digits = 0
		}
		if digits > 4 {
			return true
		}
	}
	return false
}
