package scaffold

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/muster/rules/catalogue"
)

// checkout is a folder that looks like one of ours, with one rule.
func checkout(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":         "module github.com/passmuster/muster\n\ngo 1.26\n",
		"rules/rules.go": "package rules\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// Ids go up within a category, and what is written can be read.
func TestNew(t *testing.T) {
	root := checkout(t)
	for i, want := range []struct{ folder, id string }{
		{"detection/slow-detection", "DR201"}, {"detection/no-probe", "DR202"}, {"drift/late-failover", "DR901"},
	} {
		rule, files, err := New(root, want.folder)
		if err != nil || rule.ID != want.id || len(files) != 5 {
			t.Fatalf("%s: %+v, %v, %v, want %s and five files", want.folder, rule, files, err, want.id)
		}
		list, err := catalogue.ReadTree(os.DirFS(filepath.Join(root, "rules")))
		if err != nil || len(list) != i+1 || catalogue.Find(list, want.id).Dir() != want.folder {
			t.Errorf("%v, %v", list, err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	root := checkout(t)
	if _, _, err := New(root, "detection/slow-detection"); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(root, "rules/drift/half"), 0o755); err != nil {
		t.Fatal(err)
	}
	for folder, problem := range map[string]string{
		"detection/slow-detection": "there is a rule slow-detection already: DR201",
		"failover/slow-detection":  "there is a rule slow-detection already: DR201",
		"drift/half":               "rules/drift/half is there already",
		"towns/x":                  `there is no category "towns", want one of failover, detection`,
		"drift":                    `"" is no slug`,
		"drift/../../x":            `"../../x" is no slug`,
		"drift/Late":               `"Late" is no slug`,
		"drift/range":              `"range" is a word of Go`,
	} {
		if _, files, err := New(root, folder); err == nil || !strings.Contains(err.Error(), problem) || files != nil {
			t.Errorf("%s: %v, %v, want %q", folder, files, err, problem)
		}
	}
}

func TestRoot(t *testing.T) {
	root := checkout(t)
	inside := filepath.Join(root, "rules")
	if got, ok := Root(inside); !ok || got != root {
		t.Errorf("%s, %v, want %s", got, ok, root)
	}
	if err := os.Remove(filepath.Join(root, "rules/rules.go")); err != nil {
		t.Fatal(err)
	}
	if _, ok := Root(inside); ok {
		t.Error("a module without the registry of rules is taken for a checkout")
	}
}
