package edit

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/source"
)

// Whatever the file: an edit that is made leaves all values but one as they were, and all lines but its own. The check
// lists values by their paths and does not use what Find proves itself with.
func FuzzFind(f *testing.F) {
	for _, seed := range []string{
		rule + "  a: {b: 1, c: [x, \"y\"]} # why\n  d:\n    e: |\n      t\n    # f\n  g:\n  - h: 1\n    i: 2\n",
		"\ufeff" + rule + "  x: &x {y: 1}\r\n  z:\r\n    <<: *x\r\n    \"k\": 'v'\r\n---\r\n" + rule,
		`{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"a":1,"b":["x"]}}`,
		"apiVersion: v1\nkind: List\nitems:\n- " + strings.ReplaceAll(strings.TrimSpace(rule), "\n", "\n  ") + "\n    a: 1\n",
	} {
		for kind := range 5 {
			f.Add([]byte(seed), uint8(kind), uint16(3*kind))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, kind uint8, at uint16) {
		docs, _, _ := source.Parse("a.yaml", data, source.Options{})
		if len(docs) == 0 {
			return
		}
		index := int(at) % len(docs)
		before := map[string]string{}
		flatten(docs[index].JSON, before)
		paths := slices.Sorted(maps.Keys(before))
		op := Op{Kind: Kind(kind % 5), Path: paths[int(at/3)%len(paths)], Key: "fuzzed", Value: "it # is"}
		c, err := Find("a.yaml", data, index, op)
		if err != nil {
			return
		}
		edited := c.Apply(data)
		if !bytes.HasPrefix(edited, data[:c.Start]) || !bytes.HasSuffix(edited, data[c.End:]) {
			t.Fatalf("%q is not only changed from %d to %d", data, c.Start, c.End)
		}
		if removed := data[c.Start:c.End]; op.Kind != Replace && op.Kind != Rename && bytes.Count(removed, []byte{'#'}) > strings.Count(c.New, "#") {
			t.Fatalf("a comment is lost: %q becomes %q", removed, c.New)
		}
		now, _, _ := source.Parse("a.yaml", edited, source.Options{})
		if len(now) != len(docs) {
			t.Fatalf("%d objects become %d", len(docs), len(now))
		}
		after := map[string]string{}
		flatten(now[index].JSON, after)
		around := op.Path
		if op.Kind == Remove || op.Kind == Rename {
			around = around[:strings.LastIndexByte(around, '/')]
		}
		for path, value := range before {
			if !under(path, around) && after[path] != value {
				t.Fatalf("%s: %s becomes %s", path, value, after[path])
			}
		}
		for path, value := range after {
			if !under(path, around) && before[path] != value {
				t.Fatalf("%s: %s was %s", path, value, before[path])
			}
		}
	})
}

func under(path, dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }

// flatten lists every value by its path; of mappings and lists it says how many entries they have.
func flatten(js []byte, into map[string]string) {
	var v any
	dec := json.NewDecoder(bytes.NewReader(js))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return
	}
	var visit func(path string, v any)
	visit = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			into[path] = strconv.Itoa(len(v)) + " entries"
			for key, child := range v {
				visit(path+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(key), child)
			}
		case []any:
			into[path] = strconv.Itoa(len(v)) + " items"
			for i, child := range v {
				visit(path+"/"+strconv.Itoa(i), child)
			}
		default:
			js, _ := json.Marshal(v)
			into[path] = string(js)
		}
	}
	visit("", v)
}
