package forms

import (
	"context"
	"maps"
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

// fault is one entry of forms.yaml: what is planted into a form, and what must be found.
type fault struct {
	Form     string   `json:"form"`
	Title    string   `json:"title"`
	Rule     string   `json:"rule"`
	Level    string   `json:"level"`
	Services []string `json:"services"`
	At       struct {
		File   string `json:"file"`
		Line   int    `json:"line"`   // one-based, after the edits
		Column int    `json:"column"` // one-based, of the key
		Match  string `json:"match"`
	} `json:"at"`
	Object struct {
		Clusters []string `json:"clusters"`
		Resource string   `json:"resource"` // empty where there are several
		Path     string   `json:"path"`
	} `json:"object"`
	Scenario string `json:"scenario"`
	Expect   string `json:"expect"`
	Edits    []struct{ File, Old, New string }
}

// Each fault changes the objects it says it changes, and muster finds it in them as it does in plain manifests. Whether muster
// names the line is for the test of its own renderer; that the table's line is the right one is held here.
func TestPlantedFaultsAreFaults(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(fleets, "forms.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var faults []fault
	if err := yaml.UnmarshalStrict(data, &faults); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, f := range faults {
		seen[f.Form] = true
		t.Run(f.Form+"/"+f.Title, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(filepath.Join(fleets, f.Form))); err != nil {
				t.Fatal(err)
			}
			f.plant(t, dir)
			f.checkPlace(t, dir)
			rendered := renderFleet(t, dir)
			f.checkObjects(t, rendered)
			got := audit(t, f.Form, rendered)
			var want []string
			for _, s := range f.Services {
				want = append(want, f.Level+" "+f.Rule+" "+s+" "+f.Object.Path)
			}
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("errors:\n\t%s\nwant:\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
			}
		})
	}
	for _, form := range forms {
		if !seen[form] {
			t.Errorf("forms.yaml has no fault for %s", form)
		}
	}
}

func (f fault) plant(t *testing.T, dir string) {
	t.Helper()
	for _, e := range f.Edits {
		path := filepath.Join(dir, e.File)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(data), e.Old); n != 1 {
			t.Fatalf("%s: %q occurs %d times", e.File, e.Old, n)
		}
		text := strings.Replace(string(data), e.Old, e.New, 1)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// checkPlace holds at: the text stands on that line, from that column on, and on no other line.
func (f fault) checkPlace(t *testing.T, dir string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, f.At.File))
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(data), "\n") {
		column := strings.Index(line, f.At.Match) + 1
		if column > 0 && (i+1 != f.At.Line || column != f.At.Column) {
			t.Errorf("%s: %q stands at %d:%d, not at %d:%d", f.At.File, f.At.Match, i+1, column, f.At.Line, f.At.Column)
		}
		if column == 0 && i+1 == f.At.Line {
			t.Errorf("%s:%d: no %q", f.At.File, f.At.Line, f.At.Match)
		}
	}
}

// checkObjects holds that the fault changes the clusters it names and no others, and there only what it says.
func (f fault) checkObjects(t *testing.T, rendered map[string]objects) {
	t.Helper()
	clean := renderFleet(t, filepath.Join(fleets, "shop"))
	for _, name := range slices.Sorted(maps.Keys(clean)) {
		changed := differences(clean[name], rendered[name])
		if slices.Contains(f.Object.Clusters, name) != (len(changed) > 0) {
			t.Errorf("%s: %d changes", name, len(changed))
		}
		for _, d := range changed {
			parent := f.Object.Path[:strings.LastIndex(f.Object.Path, "/")]
			if !strings.HasPrefix(d, f.Object.Resource) || !strings.Contains(d, ": "+parent+"/") {
				t.Errorf("%s: %s", name, d)
			}
		}
	}
}

// audit writes the rendered objects as plain manifests under the form's own muster.yaml, scans them, and returns what is an error.
func audit(t *testing.T, form string, rendered map[string]objects) []string {
	t.Helper()
	root := t.TempDir()
	var declared map[string]any
	data, err := os.ReadFile(filepath.Join(fleets, form, "muster.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &declared); err != nil {
		t.Fatal(err)
	}
	for _, c := range declared["clusters"].([]any) {
		c := c.(map[string]any)
		name := c["name"].(string)
		c["sources"] = []any{map[string]any{"path": name + ".yaml"}}
		stream, err := rendered[name].stream()
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(root, name+".yaml"), stream)
	}
	data, err = yaml.Marshal(declared)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "muster.yaml")
	write(t, path, data)
	cfg, err := config.Load(path, root)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := fleet.Load(context.Background(), fleet.Options{Source: source.Options{Root: root}, Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range loaded.Inputs.Unreadable {
		t.Errorf("unreadable: %s", d)
	}
	matrix, err := failover.Compute(context.Background(), loaded.Graph, failover.Options{})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, finding := range analyzer.Run(loaded.Graph, matrix, rules.All(), nil) {
		if finding.Level != analyzer.Error {
			continue
		}
		service := "-"
		if finding.Service != nil {
			service = string(finding.Service.ID)
		}
		// The rendered copies of one line are several lines here: the same finding in three clusters counts once.
		found[strings.Join([]string{string(finding.Level), finding.Rule.ID, service, finding.Position().Path}, " ")] = true
	}
	return slices.Sorted(maps.Keys(found))
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
