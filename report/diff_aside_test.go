package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/diff"
	"github.com/passmuster/muster/mesh"
)

// inFile is a place in a file.
type inFile mesh.Position

func (f inFile) Locate(string) mesh.Position { return mesh.Position(f) }

// What a change adds and predictions take no notice of is told, also where nothing else changed; what moved, or was there, is not.
func TestWhatIsNewAndNotPredicted(t *testing.T) {
	entry := func(kind, file string, line int) NotUnderstood {
		return NotUnderstoodOf(kind, "it rewrites what Envoy is told", mesh.At(inFile{File: file, Line: line, Column: 1}, ""))
	}
	for _, c := range []struct {
		name       string
		base, head []NotUnderstood
		want       []string
	}{
		{"nothing", nil, nil, nil},
		{"as before, on another line", []NotUnderstood{entry("EnvoyFilter", "a.yaml", 1)}, []NotUnderstood{entry("EnvoyFilter", "a.yaml", 9)}, nil},
		{"moved", []NotUnderstood{entry("EnvoyFilter", "a.yaml", 1)}, []NotUnderstood{entry("EnvoyFilter", "b.yaml", 1)}, nil},
		{"gone", []NotUnderstood{entry("EnvoyFilter", "a.yaml", 1)}, nil, nil},
		{"new", nil, []NotUnderstood{entry("EnvoyFilter", "a.yaml", 1)}, []string{"a.yaml:1"}},
		{"read for three clusters", nil, []NotUnderstood{entry("EnvoyFilter", "a.yaml", 1), entry("EnvoyFilter", "a.yaml", 1)}, []string{"a.yaml:1"}},
		{"a second one", []NotUnderstood{entry("EnvoyFilter", "a.yaml", 1)}, []NotUnderstood{entry("EnvoyFilter", "a.yaml", 1), entry("EnvoyFilter", "b.yaml", 1)}, []string{"b.yaml:1"}},
		{"of another kind", []NotUnderstood{entry("EnvoyFilter", "a.yaml", 1)}, []NotUnderstood{entry("WasmPlugin", "a.yaml", 1)}, []string{"a.yaml:1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := NewDiff(DiffInput{
				Base: DiffState{Inputs: Inputs{NotUnderstood: c.base}}, Head: DiffState{Inputs: Inputs{NotUnderstood: c.head}}, Result: &diff.Result{},
			})
			var text, page bytes.Buffer
			if err := d.Text(&text, Terminal{}); err != nil {
				t.Fatal(err)
			}
			if err := d.Markdown(&page, Options{}); err != nil {
				t.Fatal(err)
			}
			for _, out := range []string{text.String(), page.String()} {
				if told := strings.Contains(out, asideTitle); told != (len(c.want) > 0) || strings.Count(out, "rewrites") != len(c.want) {
					t.Errorf("want %v in\n%s", c.want, out)
				}
				for _, w := range c.want {
					if !strings.Contains(out, w) {
						t.Errorf("want %s in\n%s", w, out)
					}
				}
			}
		})
	}
}
