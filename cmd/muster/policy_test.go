package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What the rules and their tests need of the repository.
var forRules = []string{"go.mod", "go.sum", "analyzer", "config", "docs", "fix", "textdiff", "fleet", "loaders", "mesh", "policy", "rules", "testdata/fleets/shop", "testdata/fleets/atlas"}

// The walk-through for a new rule in CONTRIBUTING.md works word for word.
func TestTheWalkThroughForANewRule(t *testing.T) {
	text, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(text), "To begin one, run\n\n```console\n")
	block, _, ended := strings.Cut(after, "```")
	if !ok || !ended {
		t.Fatal("CONTRIBUTING.md has no walk-through")
	}
	root := t.TempDir()
	for _, name := range forRules {
		copyTree(t, filepath.Join("../..", name), filepath.Join(root, name))
	}
	t.Chdir(root)
	// So that the build cache knows the packages again in another folder. A test that type-checks then needs GOROOT.
	t.Setenv("GOFLAGS", "-trimpath")
	goroot, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOROOT", strings.TrimSpace(string(goroot)))
	folder := ""
	for line := range strings.Lines(block) {
		line = strings.TrimSpace(line)
		if args, ours := strings.CutPrefix(line, "go run ./cmd/muster "); ours {
			// This is what it would build, so it need not be built again.
			words := strings.Fields(args)
			folder = words[len(words)-1]
			var out, errs bytes.Buffer
			if code := run(words, strings.NewReader(""), &out, &errs); code != exitClean {
				t.Fatalf("%s: exit %d\n%s", line, code, errs.String())
			}
			continue
		}
		if out, err := exec.CommandContext(t.Context(), "bash", "-c", line).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
	}
	if folder == "" {
		t.Fatal("the walk-through makes no rule")
	}
	files, lines := 0, 0
	err = filepath.WalkDir(filepath.Join("rules", folder), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files, lines = files+1, lines+bytes.Count(text, []byte{'\n'})
		return err
	})
	if err != nil || files == 0 || files > 5 || lines >= 200 {
		t.Errorf("%d files with %d lines (%v), want at most five and under 200", files, lines, err)
	}
	registry, err := os.ReadFile("rules/rules.go")
	if err != nil || !bytes.Contains(registry, []byte("/rules/"+folder+`"`)) {
		t.Errorf("%s is not registered (%v)", folder, err)
	}
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if err != nil {
		t.Fatal(err)
	}
	if info.IsDir() {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
		return
	}
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
