package rules_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fix"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/rules"
	"github.com/passmuster/muster/rules/catalogue"
)

// What rule.yaml says under fix is what muster fix does with the rule's own fixtures, examples and mutations: a rule that
// says safe has one that is repaired so, a suggestion is never made without being asked for, and a rule that says nothing
// has no repair.
func TestFixesAreWhatRulesDeclare(t *testing.T) {
	fleets := map[string]map[string]string{}
	for _, name := range catalogue.MutableFleets {
		fleets[name] = filesOf(t, name)
	}
	declared := slices.DeleteFunc(slices.Clone(catalogueOf(t)), func(e *catalogue.Entry) bool { return e.Fix == "" || e.Fix == "none" })
	var ids []string
	for _, e := range declared {
		ids = append(ids, e.ID)
	}
	slices.Sort(ids)
	if !slices.Equal(ids, fix.Rules()) {
		t.Errorf("rule.yaml declares a fix for %v, and there are fixes for %v", ids, fix.Rules())
	}
	for _, e := range declared {
		t.Run(e.ID, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			made := map[fix.Safety]int{}
			for _, root := range treesOf(t, e, fleets) {
				r := repair(t, root, e.ID, true)
				for _, f := range r.Repaired {
					mu.Lock()
					made[f.Safety]++
					mu.Unlock()
				}
				for _, f := range repair(t, root, e.ID, false).Repaired {
					if f.Safety != fix.Safe {
						t.Errorf("%s: a suggestion is made although nobody asked: %s", f.Finding.Position(), f.Description)
					}
				}
			}
			if got := made[fix.Safe] > 0; got != (e.Fix == "safe") {
				t.Errorf("rule.yaml says %s, and %d findings are repaired safely", e.Fix, made[fix.Safe])
			}
			if e.Fix == "suggestion" && made[fix.Judgement] == 0 {
				t.Error("rule.yaml says suggestion, and none is made")
			}
		})
	}
}

// treesOf are the fixtures of a rule, the examples of its page and the mutations of clean fleets, each in a folder.
func treesOf(t *testing.T, e *catalogue.Entry, fleets map[string]map[string]string) (roots []string) {
	t.Helper()
	list, err := fixturesOf(e.Dir()+"/testdata/cases.yaml", read(t, e.Dir()+"/testdata/cases.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	examples, err := catalogue.Examples(e.Page)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range examples {
		list = append(list, fixture{setting: x.Setting, lines: strings.Split(x.Text, "\n")})
	}
	for _, f := range list {
		roots = append(roots, f.unpack(t))
	}
	mutations, err := catalogue.ReadMutations(os.DirFS("."), e)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mutations {
		mutant := maps.Clone(fleets[m.Of()])
		if err := m.Apply(mutant); err != nil {
			t.Fatal(err)
		}
		root := t.TempDir()
		for path, text := range mutant {
			write(t, filepath.Join(root, path), text)
		}
		roots = append(roots, root)
	}
	return roots
}

// repair runs fix for the findings of one rule.
func repair(t *testing.T, root, rule string, unsafe bool) *fix.Result {
	t.Helper()
	settings := map[string]analyzer.Setting{}
	o := fleet.Options{Source: source.Options{Root: root}}
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
	in := fix.Files{Dir: root, Roots: []string{"."}}
	r, err := fix.Run(t.Context(), fix.Options{
		Load: func(ctx context.Context, overlay map[string][]byte) (*fleet.Fleet, error) {
			o := o
			o.Source.Overlay = overlay
			return fleet.Load(ctx, o)
		},
		Judge: func(ctx context.Context, f *fleet.Fleet) (*failover.Matrix, []*analyzer.Finding, error) {
			m, err := failover.Compute(ctx, f.Graph, analyzer.ForFindings(failover.Options{}))
			if err != nil {
				return nil, nil, err
			}
			suppressions, _ := f.Suppressions()
			findings, _ := analyzer.Suppress(analyzer.Run(f.Graph, m, rules.All(), settings), suppressions, rules.All(), settings, analyzer.Suppressing{AsOf: asOf})
			return m, findings, nil
		},
		Read: in.Read, Real: in.Real, Unsafe: unsafe,
		Wanted: func(f *analyzer.Finding) bool { return f.Rule.ID == rule },
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
