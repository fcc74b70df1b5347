package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// The generated files are those that the folders of the rules give today.
func TestGeneratedFilesAreUpToDate(t *testing.T) {
	root := os.DirFS("../..")
	files, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := fs.ReadFile(root, name)
		if err != nil || string(got) != want {
			t.Errorf("%s is stale; run go generate ./rules (%v)", name, err)
		}
	}
	pages, err := fs.Glob(root, docsDir+"/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		if files[page] == "" {
			t.Errorf("%s belongs to no rule; run go generate ./rules", page)
		}
	}
}

const ruleYAML = `id: DR999
title: A rule for tests
since: 0.1.0
levels: [note]
precision: high
impact: low
meshes: {istio: answers, linkerd: "n/a: no such thing", consul: "not yet: soon | later"}
reads: {kinds: [Service]}
controls: {soc2: [A1.2]}
remediation: Nothing.
params:
- {name: wait, type: duration, default: 30s, description: How long.}
- {name: most, type: number, default: 1, minimum: 0, maximum: 9.5, description: How much.}
- {name: names, type: strings, default: [a], enum: [a, b], description: Which.}
links: []
`

func tree() fstest.MapFS {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return fstest.MapFS{
		"rules/drift/some-rule/rule.yaml": file(ruleYAML),
		"rules/drift/some-rule/page.md":   file("Why.\n\n## Bad\n\n```yaml bad in=town\na: b # <- DR999\n```\n"),
		"rules/drift/some-rule/rule.go":   file("package somerule\n"),
		"rules/drift/some-rule/testdata/mutations.yaml": file(
			"- {title: a, edits: [{file: a, old: b, new: c}], finds: [{level: note, file: a, match: c}]}\n- {title: b, edits: [{file: a, old: b, new: c}], silent: so}\n"),
	}
}

func TestGenerate(t *testing.T) {
	for _, tc := range []struct {
		name     string
		rego     bool
		registry []string
	}{
		{"a rule in Go", false, []string{
			`somerule "github.com/passmuster/muster/rules/drift/some-rule"`, `Run: somerule.Rule.Run`, "//go:embed */*/rule.yaml */*/page.md\n",
			`Default: time.Duration(30000000000)}`, `Default: float64(1), Least: new(float64(0)), Most: new(float64(9.5))}`, `OneOf: []string{"a", "b"}`,
		}},
		{"a rule in Rego", true, []string{
			`File: "drift/some-rule/rule.rego"`, "//go:embed */*/rule.yaml */*/page.md */*/rule.rego\n", "var all = []*analyzer.Rule{}",
		}},
	} {
		in := tree()
		if tc.rego {
			delete(in, "rules/drift/some-rule/rule.go")
			in["rules/drift/some-rule/rule.rego"] = &fstest.MapFile{Data: []byte("package muster\n")}
		}
		files, err := generate(in)
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		registry := files["rules/rules.go"]
		if _, err := parser.ParseFile(token.NewFileSet(), "rules.go", registry, 0); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		for _, want := range tc.registry {
			if !strings.Contains(registry, want) {
				t.Errorf("%s: the registry has no %s\n%s", tc.name, want, registry)
			}
		}
		page := files["docs/rules/DR999.md"]
		for _, want := range []string{"# DR999: A rule for tests", "```yaml\na: b", "[town](../../rules/testdata/settings/town.yaml)", "| `wait` | duration | `30s` | How long. |", `| Consul | not yet: soon \| later |`, "A1.2"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page has no %s\n%s", tc.name, want, page)
			}
		}
		if want := "| [DR999](DR999.md) | shop | b | silent: so |"; !strings.Contains(files["docs/rules/mutations.md"], want) {
			t.Errorf("mutations.md has no %s", want)
		}
		if want := `| yes | n/a: no such thing | not yet: soon \| later |`; !strings.Contains(files["docs/rules/meshes.md"], want) {
			t.Errorf("meshes.md has no %s\n%s", want, files["docs/rules/meshes.md"])
		}
	}
}

func TestFoldersThatAreNoRulesAreRefused(t *testing.T) {
	for problem, change := range map[string]func(fstest.MapFS){
		"want exactly one of rule.go and rule.rego": func(f fstest.MapFS) { f["rules/drift/some-rule/rule.rego"] = &fstest.MapFile{} },
		"a rule needs a page":                       func(f fstest.MapFS) { delete(f, "rules/drift/some-rule/page.md") },
		"a rule needs a mutation":                   func(f fstest.MapFS) { delete(f, "rules/drift/some-rule/testdata/mutations.yaml") },
		"fleet: want one of [shop atlas]": func(f fstest.MapFS) {
			f["rules/drift/some-rule/testdata/mutations.yaml"] = &fstest.MapFile{Data: []byte("- {title: b, fleet: bank, edits: [{file: a, old: b, new: c}], silent: so}\n")}
		},
		"want at least one mutation that the rule finds": func(f fstest.MapFS) {
			f["rules/drift/some-rule/testdata/mutations.yaml"] = &fstest.MapFile{Data: []byte("- {title: b, edits: [{file: a, old: b, new: c}], silent: so}\n")}
		},
		"rules of failover are DR1xx, got DR999": func(f fstest.MapFS) { move(f, "rules/failover/some-rule") },
		"there is no category town":              func(f fstest.MapFS) { move(f, "rules/town/some-rule") },
		"have one slug": func(f fstest.MapFS) {
			for name, file := range tree() {
				text := strings.Replace(string(file.Data), "DR999", "DR199", 1)
				f["rules/failover/some-rule"+strings.TrimPrefix(name, "rules/drift/some-rule")] = &fstest.MapFile{Data: []byte(text)}
			}
		},
		"have one id, DR999": func(f fstest.MapFS) {
			for _, name := range []string{"rule.yaml", "page.md", "rule.go", "testdata/mutations.yaml"} {
				f["rules/drift/twin/"+name] = f["rules/drift/some-rule/"+name]
			}
		},
	} {
		in := tree()
		change(in)
		if _, err := generate(in); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%v, want %q", err, problem)
		}
	}
}

func move(f fstest.MapFS, to string) {
	for name, file := range tree() {
		delete(f, name)
		f[to+strings.TrimPrefix(name, "rules/drift/some-rule")] = file
	}
}

// Pages of rules that are gone go too; what people put beside them stays.
func TestWriteRemovesPagesOfRulesThatAreGone(t *testing.T) {
	root := t.TempDir()
	if err := os.CopyFS(root, tree()); err != nil {
		t.Fatal(err)
	}
	docs := filepath.Join(root, docsDir)
	if err := os.MkdirAll(docs, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"DR998.md", "guide.md"} {
		if err := os.WriteFile(filepath.Join(docs, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := write(root); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"DR999.md": true, "DR998.md": false, "guide.md": true} {
		if _, err := os.Stat(filepath.Join(docs, name)); (err == nil) != want {
			t.Errorf("%s: %v, want it there: %v", name, err, want)
		}
	}
}
