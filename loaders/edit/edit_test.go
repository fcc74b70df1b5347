package edit

import (
	"strings"
	"testing"
)

const rule = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: a, namespace: n}
spec:
`

func detection() Object {
	return Object{{"consecutive5xxErrors", 5}, {"interval", "10s"}, {"maxEjectionPercent", 100}}
}

// Each case edits the spec of a DestinationRule; want is the spec afterwards, or what the refusal says, behind "!".
func TestEdits(t *testing.T) {
	for _, tc := range []struct {
		name, spec string
		op         Op
		want       string
	}{
		{"a number", "  a: {b: 10} # why\n", Op{Path: "/spec/a/b", Value: 100}, "  a: {b: 100} # why\n"},
		{"a plain word", "  a: DISABLE   # why\n  b: c\n", Op{Path: "/spec/a", Value: "ISTIO_MUTUAL"}, "  a: ISTIO_MUTUAL   # why\n  b: c\n"},
		{"quotes stay", "  a: \"x\"\n  b: 'y'\n", Op{Path: "/spec/b", Value: "z z"}, "  a: \"x\"\n  b: 'z z'\n"},
		{"double quotes stay", "  a: \"x\"\n", Op{Path: "/spec/a", Value: "y"}, "  a: \"y\"\n"},
		{"a text that would be a boolean is quoted", "  a: x\n", Op{Path: "/spec/a", Value: "yes"}, "  a: \"yes\"\n"},
		{"a text that would be a number is quoted", "  a: x\n", Op{Path: "/spec/a", Value: "1e3"}, "  a: \"1e3\"\n"},
		{"a text with a colon is quoted", "  a: x\n", Op{Path: "/spec/a", Value: "a: b"}, "  a: \"a: b\"\n"},
		{"a character of several bytes stands before", "  a: {ü: é, b: 1}\n", Op{Path: "/spec/a/b", Value: 2}, "  a: {ü: é, b: 2}\n"},
		{"a key with a slash", "  a/b: 1\n", Op{Path: "/spec/a~1b", Value: 2}, "  a/b: 2\n"},
		{"a quoted key", "  \"a\": 1\n", Op{Path: "/spec/a", Value: 2}, "  \"a\": 2\n"},
		{"a text of several lines", "  a: x\n    y\n", Op{Path: "/spec/a", Value: "z"}, "!where it ends"},
		{"a quoted text of several lines", "  a: \"x\n    y\"\n", Op{Path: "/spec/a", Value: "z"}, "!several lines"},
		{"a block of text", "  a: |\n    x\n", Op{Path: "/spec/a", Value: "z"}, "!block of text"},
		{"nothing is written", "  a:\n  b: c\n", Op{Path: "/spec/a", Value: 1}, "!nothing is written"},
		{"an alias", "  a: &x 1\n  b: *x\n", Op{Path: "/spec/b", Value: 2}, "!alias"},
		{"an anchor", "  a: &x 1\n  b: *x\n", Op{Path: "/spec/a", Value: 2}, "!anchor"},
		{"below an anchor", "  a: &x {c: 1}\n  b: *x\n", Op{Path: "/spec/a/c", Value: 2}, "!anchor"},
		{"a merged value", "  x: &x {c: 1}\n  a:\n    <<: *x\n", Op{Path: "/spec/a/c", Value: 2}, "!merge key"},
		{"into a merged mapping", "  x: &x {c: 1}\n  a:\n    <<: *x\n    d: 1\n", Op{Kind: Insert, Path: "/spec/a", Key: "c", Value: 2}, "!merge key"},
		{"a tag", "  a: !!str 1\n", Op{Path: "/spec/a", Value: "2"}, "!tag"},
		{"no such value", "  a: 1\n", Op{Path: "/spec/b", Value: 2}, "!no such value"},

		{"behind the last", "  a:\n    b: 1 # one\n\n  # above c\n  c: 2\n", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: 3}, "  a:\n    b: 1 # one\n    k: 3\n\n  # above c\n  c: 2\n"},
		{"behind a named one", "  a: 1\n  b: 2\n", Op{Kind: Insert, Path: "/spec", Key: "k", Value: 3, After: []string{"z", "a"}}, "  a: 1\n  k: 3\n  b: 2\n"},
		{"a block", "  a:\n      b: 1\n", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: detection()},
			"  a:\n      b: 1\n      k:\n          consecutive5xxErrors: 5\n          interval: 10s\n          maxEjectionPercent: 100\n"},
		{"in the style of its neighbours", "  a:\n    b: {c: 1}\n    d: x\n", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: detection()},
			"  a:\n    b: {c: 1}\n    d: x\n    k: {consecutive5xxErrors: 5, interval: 10s, maxEjectionPercent: 100}\n"},
		{"lists are indented as others", "  a:\n    b:\n      - c\n", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: Object{{"l", []any{Object{{"x", 1}, {"z", 2}}, "s"}}}},
			"  a:\n    b:\n      - c\n    k:\n      l:\n        - x: 1\n          z: 2\n        - s\n"},
		{"lists are not indented as others", "  a:\n    b:\n    - c\n", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: Object{{"l", []any{"s"}}}},
			"  a:\n    b:\n    - c\n    k:\n      l:\n      - s\n"},
		{"behind a block of text", "  a:\n    b: |\n      x\n      # no comment\n    # a comment\n  c: 1\n", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: 1},
			"  a:\n    b: |\n      x\n      # no comment\n    k: 1\n    # a comment\n  c: 1\n"},
		{"behind a block of text that keeps its end", "  a:\n    b: |+\n      x\n\n  c: 1\n", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: 1}, "!where it ends"},
		{"behind an empty value", "  a:\n    b:\n  c: 1\n", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: 1}, "  a:\n    b:\n    k: 1\n  c: 1\n"},
		{"behind a list", "  a:\n    b:\n    - x\n    - {y: z}\n  c: 1\n", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: 1}, "  a:\n    b:\n    - x\n    - {y: z}\n    k: 1\n  c: 1\n"},
		{"into an item", "  a:\n  - b: 1\n  - c: 2\n", Op{Kind: Insert, Path: "/spec/a/0", Key: "k", Value: 1}, "  a:\n  - b: 1\n    k: 1\n  - c: 2\n"},
		{"without a line break at the end", "  a: 1", Op{Kind: Insert, Path: "/spec", Key: "k", Value: 1}, "  a: 1\n  k: 1"},
		{"it is there", "  a: 1\n", Op{Kind: Insert, Path: "/spec", Key: "a", Value: 1}, "!already"},
		{"into a scalar", "  a: 1\n", Op{Kind: Insert, Path: "/spec/a", Key: "a", Value: 1}, "!no mapping"},
		{"behind an alias", "  x: &x 1\n  a:\n    b: *x # why\n  c: 1\n", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: 1}, "  x: &x 1\n  a:\n    b: *x # why\n    k: 1\n  c: 1\n"},
		{"behind a text of several lines", "  a:\n    b: x\n      y\n  c: 1\n", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: 1}, "!where it ends"},

		{"flow", "  a: {b: 1, c: 2} # why\n", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: 3}, "  a: {b: 1, c: 2, k: 3} # why\n"},
		{"flow with blanks", "  a: { b: 1 }\n", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: "x"}, "  a: { b: 1, k: x }\n"},
		{"flow beside a named one", "  a: {b: 1, c: 2}\n", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: 3, After: []string{"b"}}, "  a: {b: 1, k: 3, c: 2}\n"},
		{"flow with a comma at the end", "  a: {b: 1,}\n", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: 3}, "  a: {b: 1, k: 3,}\n"},
		{"flow that is empty", "  a: {}\n", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: 3}, "  a: {k: 3}\n"},
		{"flow with quotes and brackets in texts", "  a: {b: \"}\", c: '}''', d: it's}\n", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: 3}, "  a: {b: \"}\", c: '}''', d: it's, k: 3}\n"},
		{"flow of several lines", "  a: {\n    b: 1, # } one\n    c: 2 # two\n  }\n", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: 3}, "  a: {\n    b: 1, # } one\n    c: 2, # two\n    k: 3\n  }\n"},
		{"flow of several lines, beside a named one", "  a: {\n    b: 1, # } one\n    c: 2 # two\n  }\n", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: 3, After: []string{"b"}}, "  a: {\n    b: 1, # } one\n    k: 3,\n    c: 2 # two\n  }\n"},
		{"a mapping into flow", "  a: {b: {c: 1}}\n", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: detection()}, "  a: {b: {c: 1}, k: {consecutive5xxErrors: 5, interval: 10s, maxEjectionPercent: 100}}\n"},
		{"an item of a flow list, with its quotes", "  a: [\".\", \"ops\"]\n", Op{Kind: Append, Path: "/spec/a", Value: "web"}, "  a: [\".\", \"ops\", \"web\"]\n"},
		{"an item of an empty list", "  a: [ ]\n", Op{Kind: Append, Path: "/spec/a", Value: "web"}, "  a: [web]\n"},
		{"an item of a block list", "  a:\n    - '.' # here\n    # and\n  b: 1\n", Op{Kind: Append, Path: "/spec/a", Value: "web"}, "  a:\n    - '.' # here\n    - 'web'\n    # and\n  b: 1\n"},
		{"an item of no list", "  a: {}\n", Op{Kind: Append, Path: "/spec/a", Value: "web"}, "!no list"},

		{"a key goes", "  a: 1\n  b:\n    c: 2\n\n  d: 3\n", Op{Kind: Remove, Path: "/spec/b"}, "  a: 1\n\n  d: 3\n"},
		{"a flow key goes", "  a: {b: 1, c: 2, d: 3}\n", Op{Kind: Remove, Path: "/spec/a/c"}, "  a: {b: 1, d: 3}\n"},
		{"the first flow key goes", "  a: {b: 1, c: 2}\n", Op{Kind: Remove, Path: "/spec/a/b"}, "  a: {c: 2}\n"},
		{"an item goes", "  a:\n  - x: 1\n    y: 2\n  - z: 3\n", Op{Kind: Remove, Path: "/spec/a/0"}, "  a:\n  - z: 3\n"},
		{"the last key stays", "  a: {b: 1}\n", Op{Kind: Remove, Path: "/spec/a/b"}, "!only one"},
		{"a comment keeps it", "  a: 1 # because\n  b: 2\n", Op{Kind: Remove, Path: "/spec/a"}, "!comment"},
		{"a comment above keeps it", "  # because\n  a: 1\n  b: 2\n", Op{Kind: Remove, Path: "/spec/a"}, "!comment"},
		{"the first key of an item shares its line", "  a:\n  - x: 1\n    y: 2\n", Op{Kind: Remove, Path: "/spec/a/0/x"}, "!its lines"},

		{"another name", "  outlierDetecton: # why\n    a: 1\n", Op{Kind: Rename, Path: "/spec/outlierDetecton", Key: "outlierDetection"}, "  outlierDetection: # why\n    a: 1\n"},
		{"another name in flow", "  {\"x\": 1}\n", Op{Kind: Rename, Path: "/spec/x", Key: "y"}, "  {\"y\": 1}\n"},
		{"a name that is taken", "  x: 1\n  y: 2\n", Op{Kind: Rename, Path: "/spec/x", Key: "y"}, "!already"},
		{"a name of an item", "  a: [x]\n", Op{Kind: Rename, Path: "/spec/a/0", Key: "y"}, "!no name"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			const before, after = "# head\n---\na: 1\n---\n# lead\n", "---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\n"
			for _, form := range []struct {
				name string
				of   func(string) string
			}{
				{"as it is", func(s string) string { return s }},
				{"CRLF", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }},
				{"BOM", func(s string) string { return "\ufeff" + s }},
				{"in a List", inList},
			} {
				if strings.HasPrefix(form.name, "in") && !strings.HasSuffix(tc.spec, "\n") {
					continue
				}
				tail := after
				if !strings.HasSuffix(tc.spec, "\n") {
					tail = ""
				}
				file := form.of(before + rule + tc.spec + tail)
				got := edited1(t, file, tc.op)
				if reason, refused := strings.CutPrefix(tc.want, "!"); refused {
					if !strings.HasPrefix(got, "!") || !strings.Contains(got, reason) {
						t.Errorf("%s: %q, want a refusal with %q", form.name, got, reason)
					}
					continue
				}
				if want := form.of(before + rule + tc.want + tail); got != want {
					t.Errorf("%s:\n%s\nwant\n%s", form.name, got, want)
				}
			}
		})
	}
}

// inList puts the second document of the cases into a List.
func inList(s string) string {
	head, rest, _ := strings.Cut(s, rule)
	spec, tail, _ := strings.Cut(rest, "---\n")
	lines := strings.SplitAfter(strings.TrimSuffix(rule+spec, "\n"), "\n")
	return head + "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: s}\n# between\n- " + strings.Join(lines, "  ") + "\n---\n" + tail
}

// edited1 is a file after an edit of its DestinationRule, or the refusal behind "!".
func edited1(t *testing.T, file string, op Op) string {
	t.Helper()
	index := 0
	if strings.Contains(file, "kind: List") {
		index = 1
	}
	c, err := Find("a.yaml", []byte(file), index, op)
	if err != nil {
		return "!" + err.Error()
	}
	return string(c.Apply([]byte(file)))
}

func TestEditsOfJSON(t *testing.T) {
	const head = `{"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule", "metadata": {"name": "a"}, "spec": `
	for _, tc := range []struct {
		name, spec string
		op         Op
		want       string
	}{
		{"a value", `{"a": 10}`, Op{Path: "/spec/a", Value: 100}, `{"a": 100}`},
		{"a text", `{"a": "x"}`, Op{Path: "/spec/a", Value: "y"}, `{"a": "y"}`},
		{"a key", `{"a": 1}`, Op{Kind: Rename, Path: "/spec/a", Key: "b"}, `{"b": 1}`},
		{"one line", `{"a": 1, "b": 2}`, Op{Kind: Insert, Path: "/spec", Key: "k", Value: detection()}, `{"a": 1, "b": 2, "k": {"consecutive5xxErrors": 5, "interval": "10s", "maxEjectionPercent": 100}}`},
		{"compact", `{"a":1,"b":2}`, Op{Kind: Insert, Path: "/spec", Key: "k", Value: 3}, `{"a":1,"b":2,"k":3}`},
		{"compact, one entry", `{"a":1}`, Op{Kind: Insert, Path: "/spec", Key: "k", Value: Object{{"x", 1}, {"y", true}}}, `{"a":1,"k":{"x":1,"y":true}}`},
		{"an entry a line", "{\n  \"a\": {\n    \"b\": 1\n  }\n}", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: Object{{"x", 1}}}, "{\n  \"a\": {\n    \"b\": 1,\n    \"k\": {\n      \"x\": 1\n    }\n  }\n}"},
		{"tabs", "{\n\t\"a\": {\n\t\t\"b\": 1\n\t}\n}", Op{Kind: Insert, Path: "/spec/a", Key: "k", Value: Object{{"x", []any{1, 2}}}}, "{\n\t\"a\": {\n\t\t\"b\": 1,\n\t\t\"k\": {\n\t\t\t\"x\": [\n\t\t\t\t1,\n\t\t\t\t2\n\t\t\t]\n\t\t}\n\t}\n}"},
		{"an item", `["."]`, Op{Kind: Append, Path: "/spec", Value: "w"}, `[".", "w"]`},
		{"an entry goes", "{\n  \"a\": 1,\n  \"b\": 2\n}", Op{Kind: Remove, Path: "/spec/b"}, "{\n  \"a\": 1\n}"},
		{"the first entry goes", `{"a": 1, "b": 2}`, Op{Kind: Remove, Path: "/spec/a"}, `{"b": 2}`},
	} {
		for _, form := range []struct{ name, before, after string }{
			{"alone", head, "}\n"},
			{"after another", `{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "é"}}` + "\n" + head, "}\n"},
			{"in a List", `{"apiVersion": "v1", "kind": "List", "items": [` + head, `}, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}]}`},
		} {
			index := 0
			if form.name == "after another" {
				index = 1
			}
			file := []byte(form.before + tc.spec + form.after)
			c, err := Find("a.json", file, index, tc.op)
			if err != nil {
				t.Errorf("%s, %s: %v", tc.name, form.name, err)
				continue
			}
			if got, want := string(c.Apply(file)), form.before+tc.want+form.after; got != want {
				t.Errorf("%s, %s:\n%s\nwant\n%s", tc.name, form.name, got, want)
			}
		}
	}
}

// An edit that would say something else than is meant is refused, however it came to be.
func TestWhatWouldSaySomethingElseIsRefused(t *testing.T) {
	for _, tc := range []struct{ name, file string }{
		{"the key is there in another spelling", rule + "  ? a\n  : 1\n"},
		{"a tab stands before the comment", rule + "  a: 1\t# why\n"},
	} {
		c, err := Find("a.yaml", []byte(tc.file), 0, Op{Kind: Insert, Path: "/spec", Key: "k", Value: 1})
		if err == nil && !strings.HasSuffix(string(c.Apply([]byte(tc.file))), "  k: 1\n") {
			t.Errorf("%s:\n%s", tc.name, c.Apply([]byte(tc.file)))
		}
	}
	if _, err := Find("a.yaml", []byte(rule+"  a: 1\n"), 7, Op{Path: "/spec/a", Value: 1}); err == nil {
		t.Error("an object that is not there is edited")
	}
}
