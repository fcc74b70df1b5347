package action

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

// ours is how examples name the action.
const ours = "passmuster/muster@main"

// lint checks a workflow as if it stood in this repository: `uses: ./` is this action then, whose inputs and outputs
// actionlint knows.
func lint(t *testing.T, workflow string) []*actionlint.Error {
	t.Helper()
	dir := t.TempDir()
	data, err := os.ReadFile(filepath.Join(root, "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, ".github", "workflows", "example.yml")
	for _, folder := range []string{filepath.Dir(path), filepath.Join(dir, ".git")} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range map[string]string{filepath.Join(dir, "action.yml"): string(data), path: strings.ReplaceAll(workflow, ours, "./")} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{WorkingDir: dir, Color: actionlint.ColorOptionKindNever})
	if err != nil {
		t.Fatal(err)
	}
	problems, err := linter.LintFile(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return problems
}

func TestExamplesAreWorkflows(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "examples", "github", "*.yml"))
	if err != nil || len(files) < 8 {
		t.Fatalf("%d examples (%v)", len(files), err)
	}
	for _, file := range append(files, filepath.Join(root, ".github", "workflows", "ci.yml")) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range lint(t, string(data)) {
			t.Errorf("%s:%d:%d: %s", filepath.Base(file), p.Line, p.Column, p.Message)
		}
	}
}

// The check above is worth what it notices.
func TestMistakesInWorkflowsAreNoticed(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, "examples", "github", "pull-request.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for old, wrong := range map[string]string{
		"  check: true\n": "  chekc: true\n",
		"checks: write":   "checks: yes",
		"runs-on: ubunt":  "runson: ubunt",
	} {
		text := strings.Replace(string(data), old, wrong, 1)
		if len(lint(t, text)) == 0 {
			t.Errorf("%q is not noticed", wrong)
		}
	}
}

// pinned are the actions of others that examples use, at commits of their releases.
var pinned = []string{
	"actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2",
	"actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0",
	"actions/download-artifact@70fc10c6e5e1ce46ad2ea6f2b72d43f7d47b13c3 # v8.0.0",
	"github/codeql-action/upload-sarif@89a39a4e59826350b863aa6b6252a07ad50cf83e # v4.32.4",
}

func TestExamplesPinActionsOfOthers(t *testing.T) {
	uses := regexp.MustCompile(`(?m)uses: (.+)$`)
	files, _ := filepath.Glob(filepath.Join(root, "examples", "github", "*.yml"))
	for _, file := range files {
		if filepath.Base(file) == "enterprise.yml" { // a server of one's own has the versions that it has
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range uses.FindAllStringSubmatch(string(data), -1) {
			if !strings.HasPrefix(m[1], ours+" #") && !slices.Contains(pinned, m[1]) {
				t.Errorf("%s uses %s", filepath.Base(file), m[1])
			}
		}
	}
}

// Least rights: what a workflow may do is said per job, and nothing is allowed beside it.
func TestExamplesAskForLeastRights(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(root, "examples", "github", "*.yml"))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		w, problems := actionlint.Parse(data)
		if len(problems) > 0 {
			t.Fatal(problems[0])
		}
		if w.Permissions == nil || w.Permissions.All != nil || len(w.Permissions.Scopes) > 0 {
			t.Errorf("%s: permissions of the workflow are not {}", filepath.Base(file))
		}
		for _, job := range w.Jobs {
			if job.Permissions == nil {
				t.Fatalf("%s: a job does not say its permissions", filepath.Base(file))
			}
			text := string(data)
			may := func(name string) bool { s, ok := job.Permissions.Scopes[name]; return ok && s.Value.Value == "write" }
			needs := map[string]bool{
				"pull-requests":   strings.Contains(text, "comment: true") || strings.Contains(text, "suggestions: true") || strings.Contains(text, "comment-artifact:"),
				"checks":          strings.Contains(text, "check: true"),
				"security-events": strings.Contains(text, "upload-sarif"),
			}
			for name, needed := range needs {
				if may(name) != needed {
					t.Errorf("%s: %s: write is %v, and it is needed: %v", filepath.Base(file), name, may(name), needed)
				}
			}
		}
	}
}
