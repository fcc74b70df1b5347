package fleet_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/rules"
)

const fleetsDir = "../testdata/fleets"

// Trees of which there is nothing to say, and those with planted faults.
var (
	clean  = []string{"shop", "video", "bank", "mixed", "atlas", "demo-books", "demo-boutique"}
	broken = []string{"shop-broken", "shop-alt", "video-broken", "bank-broken", "mixed-broken", "atlas-broken"}
)

// fault is one entry of a faults.yaml: what was planted, what must be found, and how to undo it.
type fault struct {
	ID      int    `json:"id"`
	Title   string `json:"title"`
	Service string `json:"service"`
	Rule    string `json:"rule"`
	Level   string `json:"level"`
	At      struct{ File, Match string }
	Revert  []struct{ File, Old, New string }
}

// audit scans a tree the way `muster scan` does.
func audit(t testing.TB, dir string) (*fleet.Fleet, *failover.Matrix, []*analyzer.Finding) {
	t.Helper()
	return auditBy(t, dir, nil)
}

func auditBy(t testing.TB, dir string, renderer []string) (*fleet.Fleet, *failover.Matrix, []*analyzer.Finding) {
	t.Helper()
	root, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	o := fleet.Options{Renderer: renderer, Source: source.Options{Root: root}}
	if path := filepath.Join(root, "muster.yaml"); exists(path) {
		cfg, err := config.Load(path, root)
		if err != nil {
			t.Fatal(err)
		}
		o.Config = cfg
	} else {
		o.Inputs = []source.Input{{Path: root}}
	}
	f, err := fleet.Load(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Inputs.Unreadable {
		t.Errorf("unreadable: %s", d)
	}
	m, err := failover.Compute(context.Background(), f.Graph, failover.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f, m, analyzer.Run(f.Graph, m, rules.All(), nil)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// loud renders the findings at warning level or above, one line each.
func loud(findings []*analyzer.Finding, level analyzer.Level) []string {
	var out []string
	for _, f := range findings {
		if f.Level.AtLeast(level) {
			out = append(out, render(f))
		}
	}
	slices.Sort(out)
	return out
}

func render(f *analyzer.Finding) string {
	p := f.Position()
	return fmt.Sprintf("%s %s %s:%d %s", f.Level, f.Rule.ID, p.File, p.Line, subject(f))
}

// subject is what a finding is about, as the tables of faults name it: a service of a mesh, else the object.
func subject(f *analyzer.Finding) string {
	switch {
	case f.Service != nil && f.Service.Mesh != "dns":
		return string(f.Service.ID)
	case f.Resource.Name != "":
		return f.Resource.Name
	}
	return "-"
}

func TestCleanFleetsAreSilent(t *testing.T) {
	for _, name := range clean {
		t.Run(name, func(t *testing.T) {
			_, m, findings := audit(t, filepath.Join(fleetsDir, name))
			for _, f := range findings {
				if f.Level.AtLeast(analyzer.Warning) {
					t.Errorf("%s\n\t%s", render(f), f.Message)
				}
			}
			if name == "shop" && len(m.Cells) == 0 {
				t.Error("no cells: the objectives of the fleet were not evaluated")
			}
		})
	}
}

func faultsOf(t *testing.T, tree string) []fault {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(fleetsDir, tree, "faults.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var list []fault
	if err := yaml.UnmarshalStrict(data, &list, yaml.DisallowUnknownFields); err != nil {
		var loose []fault
		if err := yaml.Unmarshal(data, &loose); err != nil {
			t.Fatal(err)
		}
		list = loose
	}
	want := 12
	switch {
	case strings.HasPrefix(tree, "shop-"):
		want = 20
	case strings.HasPrefix(tree, "atlas-"):
		want = 15
	}
	if len(list) != want {
		t.Fatalf("%s: %d faults, want %d", tree, len(list), want)
	}
	return list
}

// lineOf finds the only line of a file that contains a text.
func lineOf(t *testing.T, path, text string) int {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for i, l := range strings.Split(string(data), "\n") {
		if strings.Contains(l, text) {
			if found > 0 {
				t.Fatalf("%s: %q stands on lines %d and %d", path, text, found, i+1)
			}
			found = i + 1
		}
	}
	if found == 0 {
		t.Fatalf("%s: no line with %q", path, text)
	}
	return found
}

func (f fault) want(t *testing.T, tree string) string {
	t.Helper()
	return fmt.Sprintf("%s %s %s:%d %s", f.Level, f.Rule, f.At.File, lineOf(t, filepath.Join(fleetsDir, tree, f.At.File), f.At.Match), f.Service)
}

// Findings of all levels and planted faults map one to one: each fault is found once, at its line, and nothing else is
// told.
func TestPlantedFaultsAreFoundAndNothingElse(t *testing.T) {
	for _, tree := range broken {
		t.Run(tree, func(t *testing.T) {
			_, _, findings := audit(t, filepath.Join(fleetsDir, tree))
			want := map[string]int{}
			for _, f := range faultsOf(t, tree) {
				want[f.want(t, tree)]++
			}
			for _, f := range findings {
				if want[render(f)]--; want[render(f)] < 0 {
					t.Errorf("surplus: %s\n\t%s", render(f), f.Message)
				}
			}
			for w, missing := range want {
				if missing > 0 {
					t.Errorf("missing: %s", w)
				}
			}
		})
	}
}

// Each fault changed back alone makes its finding, and only it, go away.
func TestRevertingOneFaultRemovesOnlyItsFinding(t *testing.T) {
	for _, tree := range broken {
		faults := faultsOf(t, tree)
		_, _, before := audit(t, filepath.Join(fleetsDir, tree))
		for _, f := range faults {
			t.Run(fmt.Sprintf("%s/%02d", tree, f.ID), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				if err := os.CopyFS(dir, os.DirFS(filepath.Join(fleetsDir, tree))); err != nil {
					t.Fatal(err)
				}
				f.repair(t, dir)
				_, _, after := audit(t, dir)
				gone := keys(before)
				for k := range keys(after) {
					if !gone[k] {
						t.Errorf("new after the repair: %s", k)
					}
					delete(gone, k)
				}
				own := f.Rule + " " + f.Service
				for k := range gone {
					if k != own {
						t.Errorf("%s went away too", k)
					}
				}
				if !gone[own] {
					t.Errorf("%s is still there", own)
				}
			})
		}
	}
}

// All faults changed back leave a fleet of which there is nothing to say.
func TestRevertingAllFaultsLeavesNothing(t *testing.T) {
	for _, tree := range broken {
		t.Run(tree, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(filepath.Join(fleetsDir, tree))); err != nil {
				t.Fatal(err)
			}
			for _, f := range faultsOf(t, tree) {
				f.repair(t, dir)
			}
			_, _, findings := audit(t, dir)
			for _, f := range findings {
				t.Errorf("%s\n\t%s", render(f), f.Message)
			}
		})
	}
}

// repair undoes a fault in a copy of its tree.
func (f fault) repair(t *testing.T, dir string) {
	t.Helper()
	for _, r := range f.Revert {
		path := filepath.Join(dir, r.File)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(data), r.Old); n != 1 {
			t.Fatalf("%s: %q occurs %d times", r.File, r.Old, n)
		}
		text := strings.Replace(string(data), r.Old, r.New, 1)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// keys names findings without lines, which a repair may shift.
func keys(findings []*analyzer.Finding) map[string]bool {
	out := map[string]bool{}
	for _, f := range findings {
		out[f.Rule.ID+" "+subject(f)] = true
	}
	return out
}
