package kustomize

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/passmuster/muster/loaders/render/confined"
	"github.com/passmuster/muster/loaders/source"
)

// write puts a txtar archive into a directory.
func write(t testing.TB, archive *txtar.Archive) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, f := range archive.Files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// read plans the kustomization in a directory below top.
func read(t testing.TB, top, dir string, limits Limits) *Plan {
	t.Helper()
	root, err := confined.Open(top, ".", source.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return Read(t.Context(), root, dir, source.Options{Root: top}, limits)
}

// plan reads a kustomization that is written as txtar text.
func plan(t testing.TB, dir, files string) *Plan {
	t.Helper()
	return read(t, write(t, txtar.Parse([]byte(files))), dir, DefaultLimits())
}

// rendered renders a plan and reads the objects.
func rendered(t testing.TB, p *Plan) (docs []*source.Document) {
	t.Helper()
	for _, problem := range p.Problems {
		t.Errorf("%v: %s", problem.Position, problem.Message)
	}
	out := Run(p.Input())
	if out.Error != "" {
		t.Fatal(out.Error)
	}
	for _, o := range out.Objects {
		d, _, diags := source.Rendered(o.Text, p.Attribution(o), source.Options{})
		if len(d) != 1 || len(diags) > 0 {
			t.Fatalf("%s: %d documents, %v", o.Text, len(d), diags)
		}
		docs = append(docs, d...)
	}
	return docs
}

func find(t testing.TB, docs []*source.Document, kind, name string) *source.Document {
	t.Helper()
	var have []string
	for _, d := range docs {
		if d.Kind == kind && strings.HasPrefix(d.Name, name) {
			return d
		}
		have = append(have, d.Kind+" "+d.Name)
	}
	t.Fatalf("no %s %s among %v", kind, name, have)
	return nil
}
