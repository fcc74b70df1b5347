package rules_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/policy"
	"github.com/passmuster/muster/rules"
)

// audit scans a tree the way `muster scan` does, and returns the findings that count.
func audit(t *testing.T, root string, strict bool) []*analyzer.Finding {
	t.Helper()
	root, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	o := fleet.Options{Source: source.Options{Root: root}, Strict: strict}
	settings := map[string]analyzer.Setting{}
	if path := filepath.Join(root, "muster.yaml"); exists(path) {
		cfg, err := config.Load(path, root)
		if err != nil {
			t.Fatal(err)
		}
		o.Config = cfg
		for id, s := range cfg.Rules {
			settings[id] = analyzer.Setting{Level: string(s.Level), Params: s.Params}
		}
	} else {
		o.Inputs = []source.Input{{Path: root}}
	}
	f, err := fleet.Load(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Inputs.Unreadable {
		if !strict { // there it is a finding
			t.Errorf("unreadable: %s", d)
		}
	}
	m, err := failover.Compute(t.Context(), f.Graph, failover.Options{})
	if err != nil {
		t.Fatal(err)
	}
	said, err := builtin().Evaluate(t.Context(), policy.Options{Graph: f.Graph, Objects: f.Objects(builtin().Kinds()), Settings: settings, Deadline: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range said.NotEvaluated {
		t.Errorf("%s: %s is not evaluated: %s", n.Position, n.Rule, n.Message)
	}
	all := append(rules.All(), said.Rules...)
	suppressions, wrong := f.Suppressions()
	for _, d := range wrong {
		t.Errorf("a suppression that cannot be read: %s", d)
	}
	findings, mistakes := analyzer.Suppress(analyzer.RunWith(f.Graph, m, all, settings, drills(t, root, m.Model)), suppressions, all, settings,
		analyzer.Suppressing{AsOf: asOf, Strict: strict})
	for _, m := range mistakes {
		t.Errorf("%s: a suppression names %s, which is no rule", m.Origin.Position(), m.Rule)
	}
	return slices.DeleteFunc(findings, func(f *analyzer.Finding) bool { return f.Suppressed != nil })
}

// asOf is the day of all audits of fixtures.
var asOf = time.Date(2027, 1, 15, 0, 0, 0, 0, time.UTC)

// builtin are the rules that are written in Rego, compiled once.
var builtin = sync.OnceValue(func() *policy.Set {
	sources, err := policy.Builtins()
	if err != nil {
		return &policy.Set{Refused: []policy.Problem{{Message: err.Error()}}}
	}
	return policy.Compile(sources)
})

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// own is the base name of the files that hold a fixture's own objects.
const own = "fixture"

// findings audits a fixture inside its setting.
func (f *fixture) findings(t *testing.T) []*analyzer.Finding {
	t.Helper()
	return audit(t, f.unpack(t), f.strict)
}

// unpack writes a fixture and its setting into a folder.
func (f *fixture) unpack(t *testing.T) string {
	t.Helper()
	l := layOut(f.lines, own)
	files := l.files(nil)
	clusters, names := l.clusters, l.names
	if f.setting != "" {
		text, err := os.ReadFile(filepath.Join("testdata/settings", f.setting+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		set := layOut(strings.Split(string(text), "\n"), "setting")
		replaced := map[string]bool{}
		for _, d := range l.documents {
			if d.key != "" {
				replaced[d.cluster+" "+d.key] = true
			}
		}
		for path, text := range set.files(replaced) {
			files[path] = text
		}
		clusters = append(set.clusters, clusters...)
		names = append(set.names, names...)
		if l.mesh == nil {
			l.mesh = set.mesh
		}
		for _, root := range set.roots {
			if !slices.Contains(l.roots, root) {
				l.roots = append(l.roots, root)
			}
		}
	}
	root := t.TempDir()
	if len(clusters) > 0 {
		files["muster.yaml"] = f.config(l, clusters, names)
	}
	for path, text := range files {
		write(t, filepath.Join(root, filepath.FromSlash(path)), text)
	}
	for _, cluster := range append(names, "*") {
		if len(clusters) > 0 {
			if err := os.MkdirAll(filepath.Join(root, folder(cluster)), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	return root
}

// config is the fixture's muster.yaml: its own document on its own lines, and below it the meshes and clusters.
func (f *fixture) config(l layout, clusters, names []string) string {
	head := make([]string, len(f.lines))
	declared := false
	for _, d := range l.documents {
		if d.config {
			copy(head[d.from:d.to], f.lines[d.from:d.to])
			declared = true
		}
	}
	var below []string
	if !declared {
		below = append(below, "apiVersion: passmuster.dev/v1")
	}
	if !slices.ContainsFunc(head, func(line string) bool { return strings.HasPrefix(line, "meshes:") }) {
		about := []string{"kind: istio", `version: "1.31"`}
		if len(l.mesh) > 0 {
			about = []string{flow("kind: "+l.mesh[0], l.mesh[1:])}
		}
		below = append(below, "meshes:", "- {name: mesh, trustDomain: cluster.local, "+strings.Join(about, ", ")+"}")
	}
	below = append(below, "clusters:")
	for i, entry := range clusters {
		below = append(below, fmt.Sprintf("- {%s, sources: [{path: %s}, {path: all}]}", entry, folder(names[i])))
	}
	if len(l.roots) > 0 {
		below = append(below, "environments:")
		for _, root := range l.roots {
			below = append(below, fmt.Sprintf("  %s: {clusters: [%s], terraform: %s}", root, strings.Join(names, ", "), infra+root))
		}
	}
	return strings.Join(slices.Concat(head, below), "\n") + "\n"
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// check holds the findings of one rule against the fixture: each where one is wanted, and nowhere else. It returns
// those of the rule.
func (f *fixture) check(t *testing.T, rule string) []*analyzer.Finding {
	t.Helper()
	var ours []*analyzer.Finding
	met := make([]bool, len(f.wants))
	for _, x := range f.findings(t) {
		wanted := false
		for i, w := range f.wants {
			if x.Rule.ID == w.rule && f.stands(x, w.line) && (w.level == "" || w.level == string(x.Level)) && w.message.MatchString(x.Message) {
				met[i], wanted = true, true
			}
		}
		if x.Rule.ID != rule {
			continue
		}
		ours = append(ours, x)
		if !wanted {
			t.Errorf("%s: %s: nobody wants %s %s: %s", f.file, x.Position(), x.Level, rule, x.Message)
		}
	}
	for i, w := range f.wants {
		if !met[i] {
			t.Errorf("%s: %s", f.file, w)
		}
	}
	return ours
}

// stands reports whether a finding stands on a line of the fixture itself, and not of its setting.
func (f *fixture) stands(x *analyzer.Finding, line int) bool {
	at := x.Position()
	return at.Line == line && filepath.Base(at.File) != "setting.yaml"
}
