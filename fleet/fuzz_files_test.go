package fleet

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/passmuster/muster/loaders/source"
)

// FuzzFilesToGraph goes from a directory with a kustomization and a chart beside plain manifests to
// findings: what is rendered and what is read, who owns which file, and which gaps there are. The
// renderer is a program that answers nothing, so that every rendering fails; loaders/render fuzzes
// those that do not.
func FuzzFilesToGraph(f *testing.F) {
	mute, err := exec.LookPath("true")
	if err != nil {
		f.Fatal(err)
	}
	const (
		object = "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: shop}\nspec: {ports: [{port: 80}]}\n"
		chart  = "apiVersion: v2\nname: c\nversion: 1.0.0\n"
	)
	for _, k := range []string{
		"resources: [a.yaml, ../base, https://a.invalid/b]\n", "namespace: shop\nresources: [https://a.invalid/b]\n", "resources: [.., gone.yaml]\n",
		"resources: [\n", "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\n",
		"components: [../base]\nhelmCharts: [{name: c}]\nhelmGlobals: {chartHome: ..}\n", "transformers: [a.yaml]\nconfigMapGenerator: [{name: x, files: [a=a.yaml]}]\n",
	} {
		f.Add([]byte(k), []byte("resources: [b.yaml]\n"), []byte(object), []byte(chart), []byte("a: 1\n"))
	}
	f.Add([]byte("resources: [a.yaml]\n"), []byte("kind: Component\n"), []byte(object), []byte(chart+"dependencies: [{name: d, version: 1.x, condition: d.enabled}]\ntype: library\n"), []byte("d: {enabled: true}\n"))
	f.Fuzz(func(t *testing.T, kustomization, base, object, chart, values []byte) {
		size, lines := 0, 0
		dir := t.TempDir()
		for name, data := range map[string][]byte{
			"plain.yaml": object, "k/kustomization.yaml": kustomization, "k/a.yaml": object, "base/kustomization.yaml": base, "base/b.yaml": object,
			"c/Chart.yaml": chart, "c/values.yaml": values, "c/templates/a.yaml": object, "c/beside.yaml": object,
		} {
			size += len(data)
			lines = max(lines, bytes.Count(data, []byte{'\n'})+1)
			name = filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if size > mostFuzzed {
			t.Skip()
		}
		predictable(t, size, lines, func(ctx context.Context) *Fleet {
			fl, err := Load(ctx, Options{Strict: true, Renderer: []string{mute}, Source: source.Options{Root: dir}, Inputs: []source.Input{{Path: "."}}})
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range fl.Inputs.Missing {
				if m.What == "" || m.Anywhere && len(m.Namespaces) > 0 {
					t.Fatalf("%+v", m)
				}
			}
			for _, g := range fl.Graph.Gaps {
				if len(g.Namespaces) == 0 || g.What == "" {
					t.Fatalf("%+v", g)
				}
			}
			// Whatever a chart or kustomization is, a plain manifest beside it is read.
			if plain, _, _ := source.Parse("plain.yaml", object, source.Options{}); len(plain) > 0 && len(fl.docs[DefaultCluster]) < 2*len(plain) {
				t.Fatalf("%d documents of %d in plain.yaml, which stands twice", len(fl.docs[DefaultCluster]), len(plain))
			}
			return fl
		})
	})
}
