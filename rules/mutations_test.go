package rules_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/rules/catalogue"
)

const shop = "../testdata/fleets/shop"

// shopFiles are the texts of the clean fleet, by path.
var shopFiles = sync.OnceValues(func() (map[string]string, error) {
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(shop), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(shop, path))
		files[path] = string(text)
		return err
	})
	return files, err
})

// Each rule has a mutation of the clean fleet that it finds, and no other rule, and a near miss on which it is silent.
func TestMutations(t *testing.T) {
	files, err := shopFiles()
	if err != nil {
		t.Fatal(err)
	}
	before := map[bool]map[string]bool{false: {}, true: {}}
	for strict, known := range before {
		for _, f := range audit(t, shop, strict) {
			known[identity(f)] = true
		}
	}
	for _, e := range catalogueOf(t) {
		list, err := catalogue.ReadMutations(os.DirFS("."), e)
		if err != nil {
			t.Error(err)
		}
		for _, m := range list {
			t.Run(e.ID+"/"+m.Title, func(t *testing.T) {
				t.Parallel()
				mutant := maps.Clone(files)
				if err := m.Apply(mutant); err != nil {
					t.Fatal(err)
				}
				root := t.TempDir()
				for path, text := range mutant {
					write(t, filepath.Join(root, path), text)
				}
				var got []string
				for _, f := range audit(t, root, e.Strict) {
					switch {
					case before[e.Strict][identity(f)]:
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
