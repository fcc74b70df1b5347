package rules_test

import (
	"cmp"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/rules"
	"github.com/passmuster/muster/rules/catalogue"
)

// catalogueOf reads the built-in rules.
func catalogueOf(t *testing.T) []*catalogue.Entry {
	t.Helper()
	list, err := rules.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatal("there are no rules")
	}
	return list
}

// Each rule speaks where its fixtures want it, and nowhere else; each has a loud and a silent one.
func TestFixtures(t *testing.T) {
	for _, e := range catalogueOf(t) {
		t.Run(e.Dir(), func(t *testing.T) {
			t.Parallel()
			list, err := fixturesOf(e.Dir()+"/testdata/cases.yaml", read(t, e.Dir()+"/testdata/cases.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			loud, silent := 0, 0
			for _, f := range list {
				wanted := slices.ContainsFunc(f.wants, func(w want) bool { return w.rule == e.ID })
				if wanted {
					loud++
				} else {
					silent++
				}
				f.strict = e.Strict
				t.Run(f.name, func(t *testing.T) { inDeclaredKinds(t, e, f.check(t, e.ID)) })
			}
			if loud == 0 || silent == 0 {
				t.Errorf("%d loud and %d silent fixtures, want at least one of each", loud, silent)
			}
		})
	}
}

// A rule that answers for a mesh speaks in a fixture of that mesh. Rules about inputs and suppressions know no meshes.
func TestRulesSpeakInTheMeshesThatTheyAnswerFor(t *testing.T) {
	for _, e := range catalogueOf(t) {
		if strings.HasPrefix(e.ID, "IN") || strings.HasPrefix(e.ID, "S") {
			continue
		}
		list, err := fixturesOf(e.Dir()+"/testdata/cases.yaml", read(t, e.Dir()+"/testdata/cases.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		speaks := map[string]bool{}
		for _, f := range list {
			if slices.ContainsFunc(f.wants, func(w want) bool { return w.rule == e.ID }) {
				speaks[f.kind(t)] = true
			}
		}
		for mesh, says := range e.Meshes {
			if says == catalogue.Answers && !speaks[mesh] {
				t.Errorf("%s answers for %s, and no fixture of that mesh shows it", e.ID, mesh)
			}
		}
	}
}

// kind is the kind of the fixture's mesh.
func (f *fixture) kind(t *testing.T) string {
	t.Helper()
	kind := layOut(f.lines, own).kind()
	if kind == "" && f.setting != "" {
		kind = layOut(strings.Split(read(t, "testdata/settings/"+f.setting+".yaml"), "\n"), "setting").kind()
	}
	return cmp.Or(kind, "istio")
}

// The examples of a page are true: the bad one makes the rule speak at the line that it marks, the good one does not.
func TestPages(t *testing.T) {
	for _, e := range catalogueOf(t) {
		t.Run(e.Dir(), func(t *testing.T) {
			t.Parallel()
			examples, err := catalogue.Examples(e.Page)
			if err != nil {
				t.Fatal(err)
			}
			good, bad := 0, 0
			for _, x := range examples {
				f := fixture{file: e.Dir() + "/page.md", setting: x.Setting, strict: e.Strict, lines: make([]string, x.Line-1)}
				f.lines = append(f.lines, strings.Split(x.Text, "\n")...)
				if f.wants, err = wantsOf(f.lines); err != nil {
					t.Fatal(err)
				}
				name := "bad"
				if x.Good {
					name = "good"
					good++
				} else {
					bad++
				}
				if x.Good == (len(f.wants) > 0) {
					t.Errorf("line %d: a bad example marks the line of the finding, a good one has none", x.Line)
				}
				t.Run(name, func(t *testing.T) { inDeclaredKinds(t, e, f.check(t, e.ID)) })
			}
			if good == 0 || bad == 0 {
				t.Errorf("%d good and %d bad examples, want at least one of each", good, bad)
			}
			if !strings.Contains(e.Page, "\n## When not to follow\n") {
				t.Error("the page does not say when not to follow it: ## When not to follow")
			}
		})
	}
}

// inDeclaredKinds holds that findings stand at objects of the kinds that rule.yaml declares.
func inDeclaredKinds(t *testing.T, e *catalogue.Entry, findings []*analyzer.Finding) {
	t.Helper()
	for _, f := range findings {
		kind := f.Resource.Kind
		if kind == "" {
			kind = "file"
			if path.Base(f.Position().File) == "muster.yaml" {
				kind = "muster.yaml"
			}
		}
		if !slices.Contains(e.Reads.Kinds, kind) && !slices.Contains(e.Reads.Kinds, "any") {
			t.Errorf("a finding stands at a %s, and reads.kinds of rule.yaml has %v", kind, e.Reads.Kinds)
		}
		if !slices.Contains(e.Levels, f.Level) {
			t.Errorf("a finding is a %s, and levels of rule.yaml are %v", f.Level, e.Levels)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
