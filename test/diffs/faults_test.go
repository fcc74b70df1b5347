package diffs

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/diff"
)

// fault is what a faults.yaml says of a planted fault.
type fault struct {
	ID      int    `json:"id"`
	Service string `json:"service"`
	Rule    string `json:"rule"`
	Level   string `json:"level"`
	At      struct{ File, Match string }
	Revert  []struct{ File, Old, New string }
}

func faultsOf(t *testing.T, name string) []fault {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(fleetsDir, name, "faults.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var list []fault
	if err := yaml.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) < 12 {
		t.Fatalf("%s: %d faults", name, len(list))
	}
	return list
}

// undone is a tree without the fault.
func (f *fault) undone(t *testing.T, files tree) tree {
	t.Helper()
	out := maps.Clone(files)
	for _, r := range f.Revert {
		if n := strings.Count(out[r.File], r.Old); n != 1 {
			t.Fatalf("%s: %q occurs %d times", r.File, r.Old, n)
		}
		out[r.File] = strings.Replace(out[r.File], r.Old, r.New, 1)
	}
	return out
}

// want is the finding of the fault, at its line.
func (f *fault) want(files tree) string {
	before, _, _ := strings.Cut(files[f.At.File], f.At.Match)
	return fmt.Sprintf("%s %s %s:%d %s", f.Level, f.Rule, f.At.File, 1+strings.Count(before, "\n"), f.Service)
}

// prices are repairs that make something worse, and what.
var prices = map[string]string{
	"video-broken/07": "a tenth of the requests goes to eu on a normal day now, and fails there while a zone of eu answers errors",
}

// A change that plants a fault is worse for its finding alone, at its line; the change that takes it away makes nothing worse.
func TestPlantedFaultsAsChanges(t *testing.T) {
	for _, name := range broken {
		files := treeOf(t, name)
		head := load(t, filepath.Join(fleetsDir, name))
		for i, f := range faultsOf(t, name) {
			if i%9 != 1 && !*all {
				continue
			}
			t.Run(fmt.Sprintf("%s/%02d", name, f.ID), func(t *testing.T) {
				t.Parallel()
				base := load(t, f.undone(t, files).write(t))
				r, d := compare(t, base, head)
				want, found := f.want(files), 0
				for _, n := range fresh(r) {
					switch {
					case render(n) == want:
						found++
					case n.Level == analyzer.Error:
						t.Errorf("new besides: %s\n\t%s", render(n), n.Message)
					}
				}
				if found != 1 {
					t.Errorf("%d new findings are %s%s", found, want, tell(d, r))
				}
				for _, c := range d.Config {
					t.Errorf("config: %s", c.What)
				}
				if wantVerdict := "worse"; f.Level == "error" && d.Verdict != wantVerdict {
					t.Errorf("planted: verdict %s, want %s%s", d.Verdict, wantVerdict, tell(d, r))
				}

				back, db := compare(t, head, base)
				found = 0
				for _, g := range back.Gone {
					if render(g) == want {
						found++
					}
				}
				if found != 1 {
					t.Errorf("%d findings that are gone are %s%s", found, want, tell(db, back))
				}
				for _, n := range fresh(back) {
					if n.Level == analyzer.Error {
						t.Errorf("mended, and new: %s\n\t%s", render(n), n.Message)
					}
				}
				for _, g := range back.Groups {
					switch g.Change {
					case diff.Worse, diff.Unproven, diff.Fails:
						if price := prices[t.Name()[strings.Index(t.Name(), "/")+1:]]; price != "" && g.Level == analyzer.Note {
							continue
						}
						t.Errorf("mended, and %s: %s %s of %s%s", g.Change, g.Level, g.Cells[0].ID, g.Service.ID, tell(db, back))
					}
				}
			})
		}
	}
}
