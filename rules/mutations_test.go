package rules_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/rules/catalogue"
)

// fleetDir is where a clean fleet stands.
func fleetDir(name string) string { return "../testdata/fleets/" + name }

// clean is a clean fleet before its mutations.
type clean struct {
	files  map[string]string        // texts by path
	before map[bool]map[string]bool // identities of its findings, by strict
}

// filesOf are the texts of a clean fleet, by path.
func filesOf(t *testing.T, name string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(fleetDir(name)), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(fleetDir(name), path))
		files[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// cleanFleet reads a clean fleet and what is said of it.
func cleanFleet(t *testing.T, name string) *clean {
	t.Helper()
	out := &clean{files: filesOf(t, name), before: map[bool]map[string]bool{false: {}, true: {}}}
	for strict, known := range out.before {
		for _, f := range audit(t, fleetDir(name), strict) {
			known[identity(f)] = true
		}
	}
	return out
}

// Each rule has a mutation of a clean fleet that it finds, and no other rule, and a near miss on which it is silent.
func TestMutations(t *testing.T) {
	fleets := map[string]*clean{}
	for _, name := range catalogue.MutableFleets {
		fleets[name] = cleanFleet(t, name)
	}
	for _, e := range catalogueOf(t) {
		list, err := catalogue.ReadMutations(os.DirFS("."), e)
		if err != nil {
			t.Error(err)
		}
		for _, m := range list {
			of := fleets[m.Of()]
			t.Run(e.ID+"/"+m.Title, func(t *testing.T) {
				t.Parallel()
				mutant := maps.Clone(of.files)
				if err := m.Apply(mutant); err != nil {
					t.Fatal(err)
				}
				root := t.TempDir()
				for path, text := range mutant {
					write(t, filepath.Join(root, path), text)
				}
				if m.Drills != nil {
					text, err := yaml.Marshal(m.Drills)
					if err != nil {
						t.Fatal(err)
					}
					write(t, filepath.Join(root, drillsFile), string(text))
				}
				var got []string
				for _, f := range audit(t, root, e.Strict) {
					switch {
					case of.before[e.Strict][identity(f)]:
					case f.Rule.ID == e.ID:
						got = append(got, found(f))
						inDeclaredKinds(t, e, []*analyzer.Finding{f})
					case m.Silent == "":
						t.Errorf("another rule speaks: %s %s\n\t%s", f.Rule.ID, found(f), f.Message)
					}
				}
				var want []string
				for _, w := range m.Finds {
					want = append(want, fmt.Sprintf("%s %s:%d %s", w.Level, w.File, lineOf(t, w.File, mutant[w.File], w.Match), w.Service))
				}
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("findings\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
				}
			})
		}
	}
}

// identity names a finding without its line, which an edit may shift.
func identity(f *analyzer.Finding) string {
	return strings.Join([]string{f.Rule.ID, string(f.Level), f.Fingerprint()}, " ")
}

func found(f *analyzer.Finding) string {
	service := ""
	if f.Service != nil {
		service = string(f.Service.ID)
	}
	at := f.Position()
	return fmt.Sprintf("%s %s:%d %s", f.Level, at.File, at.Line, service)
}

// lineOf is the line on which a text begins that occurs once.
func lineOf(t *testing.T, file, text, match string) int {
	t.Helper()
	if n := strings.Count(text, match); n != 1 {
		t.Fatalf("%s: %q occurs %d times, want once", file, match, n)
	}
	before, _, _ := strings.Cut(text, match)
	return 1 + strings.Count(before, "\n")
}
