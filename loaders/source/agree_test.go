package source

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The places in which the two YAML readings differ. Kubernetes' reading (YAML 1.1, go-yaml
// version 2) is what documents are delivered with; the node tree (YAML 1.2 with exceptions) gives
// positions only. The classes:
//
//   - yes, no, on, off, y, n are booleans in 1.1 and strings in 1.2; as keys they become "true" and
//     "false"
//   - dates are strings for version 2 and points in time for version 3
//   - a merge key behind an own key overrides it in version 2
var disagreements = map[string]string{
	"booleans.yaml/spec/a":         "yes",
	"booleans.yaml/spec/b":         "no",
	"booleans.yaml/spec/c":         "on",
	"booleans.yaml/spec/d":         "off",
	"booleans.yaml/spec/e":         "y",
	"booleans.yaml/spec/f":         "n",
	"booleans.yaml/spec/i":         "Yes",
	"booleans.yaml/spec/list/0":    "yes",
	"booleans.yaml/spec/list/1":    "no",
	"booleans.yaml/spec/list/3":    "y",
	"booleans.yaml/spec/list/4":    "N",
	"compact-lists.yaml/other/0/m": "n",
}

// TestBothReadingsAgree holds the typed reading and the node tree to each other: every leaf of
// the JSON has a node, and the node says the same.
func TestBothReadingsAgree(t *testing.T) {
	expected := maps.Clone(disagreements)
	for _, doc := range corpus(t) {
		t.Run(doc.name, func(t *testing.T) {
			docs, ignored, diags := Parse(doc.name, []byte(doc.text), Options{})
			if len(docs) != 1 || len(diags) > 0 {
				t.Fatalf("want one document, have %v", summary(docs, ignored, diags))
			}
			d := docs[0]
			for _, leaf := range leaves(t, d.JSON) {
				if p := d.Locate(leaf.path); p.Path != leaf.path {
					t.Errorf("%s is not found, only %q", leaf.path, p.Path)
					continue
				}
				if d.text.json {
					continue // no tree, nothing to disagree
				}
				_, value, _ := descend(d.text.tree(), leaf.path)
				want, got := fmt.Sprint(leaf.value), nodeText(t, value)
				if differs, ok := expected[doc.name+leaf.path]; ok {
					delete(expected, doc.name+leaf.path)
					if got != differs || got == want {
						t.Errorf("%s: the node says %s, expected it to differ from %s as %s", leaf.path, got, want, differs)
					}
					continue
				}
				if got != want {
					t.Errorf("%s: Kubernetes reads %s, the node says %s", leaf.path, want, got)
				}
			}
		})
	}
	if len(expected) > 0 {
		t.Errorf("expected to disagree, and not in the corpus: %v", expected)
	}
}

// nodeText is the value of a node by its own reading, in the notation of the JSON leaf.
func nodeText(t *testing.T, n *yaml.Node) string {
	t.Helper()
	if n.Tag == "!!timestamp" { // a string for JSON
		return n.Value
	}
	var v any
	if err := n.Decode(&v); err != nil {
		t.Fatal(err)
	}
	switch v := v.(type) {
	case float64:
		js, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(js)
	case map[string]any, []any, nil:
		return fmt.Sprint(v)
	case string:
		return v
	}
	return fmt.Sprint(v)
}

// TestEveryKeyIsFoundWhereItStands reads positions back from the text: what stands at the position
// of an entry is its key.
func TestEveryKeyIsFoundWhereItStands(t *testing.T) {
	for _, doc := range corpus(t) {
		docs, _, _ := Parse(doc.name, []byte(doc.text), Options{})
		lines := strings.Split(doc.text, "\n")
		for _, leaf := range leaves(t, docs[0].JSON) {
			p := docs[0].Locate(leaf.path)
			at := string([]rune(lines[p.Line-1])[p.Column-1:])
			key := unescape(leaf.path[strings.LastIndexByte(leaf.path, '/')+1:])
			if _, err := strconv.Atoi(key); err == nil || strings.Contains(doc.name, "keys") {
				continue // elements, and keys that are written in another way
			}
			at = strings.NewReplacer(`\u00e9`, "é", "''", "'").Replace(strings.TrimLeft(at, `"'`))
			if !strings.HasPrefix(at, key) {
				t.Errorf("%s: %s is said to be at %v, where %q stands", doc.name, leaf.path, p, at)
			}
		}
	}
}
