package source

import (
	"reflect"
	"testing"
	"unicode/utf8"
)

// treeOnly is a document whose values are located in the node tree of the full parser.
func treeOnly(d *Document) *Document {
	other := *d
	other.text = &text{raw: d.text.raw, line: d.text.line, column: d.text.column, json: d.text.json}
	return &other
}

// FuzzSpots holds the places of the fast reader to the node tree of the full parser, for every value of every document
// and for paths that are not there.
func FuzzSpots(f *testing.F) {
	for _, doc := range corpus(f) {
		f.Add(doc.text, "/spec/none/0")
	}
	for _, s := range []string{
		"a: {b: [c, {d: e}], 'f': \"g\"}\nh:\n- - i\n  - j: k\n-\n  l: m\n- n\nü: é # ß\n\"o\": |\n  p\nq: 'ä' \nr: [ü, s]\n",
		"x: y\n", "items:\n- apiVersion: v1\n  kind: A\n  a:\n  - b\n- kind: B\n  apiVersion: v1\n  spec: {a: [1]}\n",
		"  x: y\n  z:\n  -   - 1\n      - {a: b}\n", "x:\n-\n- \n- a: b\n  c: d\n", "# c\n\n# d\nx:\r\n  y: z\r\n",
	} {
		f.Add("apiVersion: v1\nkind: List\n"+s, "/x/0/none")
		f.Add("# c\n---\n\n"+s+"kind: B\napiVersion: v1\n---\n", "/x/0/none")
	}
	f.Fuzz(func(t *testing.T, s, path string) {
		if !utf8.ValidString(s) {
			return
		}
		docs, _, _ := Parse("fuzz.yaml", []byte(s), Options{Limits: Limits{Documents: 100}})
		for _, d := range docs {
			if d.text.plainSpots() == nil {
				continue
			}
			full := treeOnly(d)
			if full.text.tree() == nil {
				continue
			}
			paths := []string{"", path, path + "/0"}
			for _, leaf := range leaves(t, d.JSON) {
				paths = append(paths, leaf.path, leaf.path+"/x")
			}
			for _, at := range paths {
				if got, want := d.Locate(at), full.Locate(at); !reflect.DeepEqual(got, want) {
					t.Fatalf("%q: %q is at %+v, and by the full parser at %+v", s, at, got, want)
				}
			}
		}
	})
}

// Speed depends on what is located without the full parser; FuzzSpots sees to it that it is right.
func TestManifestsAreLocatedWithoutTheFullParser(t *testing.T) {
	docs, _, _ := Parse("f.yaml", []byte("apiVersion: v1\nkind: List\nitems:\n- "+
		"apiVersion: v1\n  kind: A\n  spec:\n    a: [b]\n---\n"+manifest(1)), Options{})
	if len(docs) != 2 {
		t.Fatalf("want an item and a document, have %d", len(docs))
	}
	for _, d := range docs {
		if d.text.plainSpots() == nil {
			t.Errorf("%s is left to the full parser", d.Kind)
		}
	}
}
