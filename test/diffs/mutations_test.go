package diffs

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/diff"
	"github.com/passmuster/muster/rules"
	"github.com/passmuster/muster/rules/catalogue"
)

// Each edit of a clean fleet of which a rule speaks is a change that a diff tells of: by the rule's finding, and it agrees with what
// every cell of both states says. A near miss makes no new finding of level error.
func TestMutationsAsChanges(t *testing.T) {
	entries, err := rules.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	bases, files := map[string]*state{}, map[string]tree{}
	for _, name := range catalogue.MutableFleets {
		bases[name], files[name] = load(t, filepath.Join(fleetsDir, name)), treeOf(t, name)
	}
	n := 0
	for _, e := range entries {
		list, err := catalogue.ReadMutations(os.DirFS("../../rules"), e)
		if err != nil {
			t.Fatal(err)
		}
		if _, native := known(e.ID); !native || e.Strict || strings.HasPrefix(e.ID, "S") {
			continue // rules in Rego, of what was not read, and of suppressions need more than a state here has
		}
		for _, m := range list {
			if m.Drills != nil {
				continue // what drills have shown is no part of a state here
			}
			n++
			if n%16 != 0 && !*all {
				continue
			}
			held := n%48 == 0 || *all // against the oracle, which takes its time
			t.Run(e.ID+"/"+m.Title, func(t *testing.T) {
				t.Parallel()
				mutant := maps.Clone(files[m.Of()])
				if err := m.Apply(mutant); err != nil {
					t.Fatal(err)
				}
				base := bases[m.Of()]
				head := load(t, mutant.write(t))
				r, d := compare(t, base, head)
				spoken := 0
				for _, f := range fresh(r) {
					if f.Rule.ID == e.ID {
						spoken++
					}
					if m.Silent != "" && f.Level == analyzer.Error && f.Rule.ID == e.ID {
						t.Errorf("a near miss: %s: %s", render(f), f.Message)
					}
				}
				if spoken != len(m.Finds) && m.Silent == "" {
					t.Errorf("%d new findings of %s, want %d%s", spoken, e.ID, len(m.Finds), tell(d, r))
				}
				for _, f := range m.Finds {
					if f.Level == string(analyzer.Error) && (d.Verdict != "worse" || !d.Gate.Failed) {
						t.Errorf("an error, and the verdict is %s (gate %v)%s", d.Verdict, d.Gate, tell(d, r))
					}
				}
				if held {
					explainsAll(t, base, head, r)
					back, err := diff.Compare(t.Context(), head.side(), base.side())
					if err != nil {
						t.Fatal(err)
					}
					mirrored(t, r, back)
					explainsAll(t, head, base, back)
				}
			})
		}
	}
}
