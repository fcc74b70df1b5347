// Package fleets holds the tables of planted faults in testdata/fleets to their own word, without asking muster what it
// finds: that every tree parses, that each line named is there once, and that what takes a fault back does so.
package fleets

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const fleetsDir = "../../testdata/fleets"

// twins are the broken trees that are another tree but for their faults.
var twins = map[string]string{"bank-broken": "bank", "mixed-broken": "mixed", "atlas-broken": "atlas"}

// fault is one entry of a table; testdata/fleets/README.md says what it means.
type fault struct {
	ID                         int
	Title, Service, Rule, Slug string
	Level, Scenario, Expect    string
	At                         struct{ File, Match string }
	Revert                     []edit
}

type edit struct{ File, Old, New string }

// tables are the faults of every tree that has some, by tree.
func tables(t *testing.T) map[string][]fault {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(fleetsDir, "*", "faults.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]fault{}
	for _, path := range list {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var faults []fault
		if err := yaml.UnmarshalStrict(data, &faults); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		out[filepath.Base(filepath.Dir(path))] = faults
	}
	for tree := range twins {
		if len(out[tree]) == 0 {
			t.Fatalf("%s has no faults", tree)
		}
	}
	return out
}

// files are the contents of a tree by path, without its table.
func files(t *testing.T, tree string) map[string]string {
	t.Helper()
	root, out := os.DirFS(filepath.Join(fleetsDir, tree)), map[string]string{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == "faults.yaml" {
			return err
		}
		data, err := fs.ReadFile(root, name)
		out[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// reverted is a tree with faults taken back, in the order given.
func reverted(t *testing.T, tree map[string]string, faults ...fault) map[string]string {
	t.Helper()
	out := maps.Clone(tree)
	for _, f := range faults {
		for _, e := range f.Revert {
			if n := strings.Count(out[e.File], e.Old); n != 1 {
				t.Errorf("fault %d: %q occurs %d times in %s", f.ID, e.Old, n, e.File)
			}
			out[e.File] = strings.Replace(out[e.File], e.Old, e.New, 1)
		}
	}
	return out
}

// differing are the files in which two trees differ, sorted.
func differing(a, b map[string]string) []string {
	names := map[string]bool{}
	for name := range a {
		names[name] = true
	}
	for name := range b {
		names[name] = true
	}
	maps.DeleteFunc(names, func(name string, _ bool) bool {
		in, both := a[name]
		other, too := b[name]
		return both && too && in == other
	})
	return slices.Sorted(maps.Keys(names))
}

func TestTables(t *testing.T) {
	for tree, faults := range tables(t) {
		t.Run(tree, func(t *testing.T) {
			services, all := map[string]bool{}, files(t, tree)
			for i, f := range faults {
				if f.ID != i+1 || f.Title == "" || f.Expect == "" || len(f.Revert) == 0 || f.Level != "error" && f.Level != "warning" {
					t.Errorf("fault %d is not complete: %+v", i+1, f)
				}
				if services[f.Service] || strings.Count(f.Service, "/") != 3 && !block.MatchString(f.Service) {
					t.Errorf("fault %d: %q is no service and no block of Terraform, or has another fault", f.ID, f.Service)
				}
				services[f.Service] = true
				if !known(f.Rule, f.Slug) {
					t.Errorf("fault %d: no rule %s %s", f.ID, f.Rule, f.Slug)
				}
				if lines := linesWith(all[f.At.File], f.At.Match); f.At.Match == "" || len(lines) != 1 {
					t.Errorf("fault %d: %q stands on lines %v of %s", f.ID, f.At.Match, lines, f.At.File)
				}
			}
		})
	}
}

// known reports whether a rule has a page, that of the slug if there is one. One without a page is a name for what is to be
// written, and needs a slug.
func known(rule, slug string) bool {
	page, err := os.ReadFile(filepath.Join("../../docs/rules", rule+".md"))
	if err != nil {
		return slug != "" && (rule == "new" || strings.HasPrefix(rule, "DR"))
	}
	return strings.Contains(string(page), "/"+slug)
}

func linesWith(file, text string) (lines []int) {
	for i, line := range strings.Split(file, "\n") {
		if strings.Contains(line, text) {
			lines = append(lines, i+1)
		}
	}
	return lines
}

// Every edit applies to the tree as it stands, all of them apply in either order, and each leaves its mark.
func TestReverts(t *testing.T) {
	for tree, faults := range tables(t) {
		t.Run(tree, func(t *testing.T) {
			broken := files(t, tree)
			for _, f := range faults {
				touched := map[string]bool{}
				for _, e := range f.Revert {
					touched[e.File] = true
				}
				if got := differing(broken, reverted(t, broken, f)); !slices.Equal(got, slices.Sorted(maps.Keys(touched))) {
					t.Errorf("fault %d changes %v", f.ID, got)
				}
			}
			backwards := slices.Clone(faults)
			slices.Reverse(backwards)
			clean := reverted(t, broken, faults...)
			if d := differing(clean, reverted(t, broken, backwards...)); len(d) > 0 {
				t.Errorf("the order of the reverts matters in %v", d)
			}
			if twin := twins[tree]; twin != "" {
				if d := differing(clean, files(t, twin)); len(d) > 0 {
					t.Errorf("reverted, it is not %s in %v", twin, d)
				}
			}
		})
	}
}
