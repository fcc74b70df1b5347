package proposal

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/passmuster/muster/config"
)

var update = flag.Bool("update", false, "rewrite the wanted proposals")

// unpack writes the files of an archive, except the wanted proposal, into a new folder.
func unpack(t testing.TB, a *txtar.Archive) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range a.Files {
		if f.Name == "want" {
			continue
		}
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestProposals compares proposals for small repositories, testdata/*.txtar, with the file "want" of each.
func TestProposals(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) < 10 {
		t.Fatalf("%d trees (%v)", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir := unpack(t, a)
			p, err := Find(context.Background(), dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := p.YAML()
			holds(t, dir, p)
			again, err := Find(context.Background(), dir, Options{})
			if err != nil || !bytes.Equal(again.YAML(), got) {
				t.Errorf("a second run proposes something else (%v):\n%s", err, again.YAML())
			}
			for i := range a.Files {
				if f := &a.Files[i]; f.Name == "want" {
					if *update {
						f.Data = got
					} else if !bytes.Equal(f.Data, got) {
						t.Errorf("got\n%s\nwant\n%s", got, f.Data)
					}
					got = nil
				}
			}
			if *update {
				if got != nil {
					a.Files = append(a.Files, txtar.File{Name: "want", Data: got})
				}
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// holds checks what every proposal must be: a config without problems, also with the objectives taken out of their
// comment, whose paths exist, with a place for every cluster.
func holds(t testing.TB, dir string, p *Proposal) {
	t.Helper()
	file := filepath.Join(dir, "muster.yaml")
	text := p.YAML()
	if p.Empty() {
		return
	}
	before, after, ok := strings.Cut(string(text), "\n# objectives:\n")
	if !ok {
		t.Fatalf("no objectives to fill in:\n%s", text)
	}
	filled := before + "\nobjectives:\n"
	for line := range strings.Lines(after) {
		filled += strings.TrimPrefix(line, "# ")
	}
	if strings.Contains(after, " more services\n") {
		filled = string(text)
	}
	for _, content := range []string{filled, string(text)} {
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		cfg, err := config.Load(file, dir)
		if err != nil {
			t.Fatalf("%v\n%s", err, content)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if len(cfg.Clusters) == 0 {
			t.Error("no clusters")
		}
		for name, e := range cfg.Environments {
			for _, path := range append([]string{e.Terraform}, e.VarFiles...) {
				if _, err := os.Stat(cfg.Resolve(path)); err != nil || path != "" && !filepath.IsLocal(filepath.FromSlash(path)) {
					t.Errorf("environment %s: %s: %v", name, path, err)
				}
			}
		}
		for _, c := range cfg.Clusters {
			for _, s := range c.Sources {
				for _, path := range append([]string{s.Path + s.Kustomize + s.Helm}, s.Values...) {
					if _, err := os.Stat(cfg.Resolve(path)); err != nil || !filepath.IsLocal(filepath.FromSlash(path)) {
						t.Errorf("cluster %s: %s: %v", c.Name, path, err)
					}
				}
			}
			if len(c.Sources) == 0 {
				t.Errorf("cluster %s has no sources", c.Name)
			}
		}
	}
}
