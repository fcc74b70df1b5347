package suppress_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/loaders/suppress"
	"github.com/passmuster/muster/mesh"
)

// ignore is what stands for "IGNORE" in the cases.
const ignore = `muster:ignore DR103 until=2027-03-31 reason="known # well"`

// Each case has one suppression. Its places are JSON pointers, behind the number of the document where there are
// several, whose positions are those that findings would have.
func TestACommentCoversWhatItStandsOn(t *testing.T) {
	for _, tc := range []struct {
		name, text   string
		covers, lets []string
		note         string // why it covers nothing
	}{
		{
			"behind a value", "a: 1\nb: 2 # IGNORE\nc: 3\n",
			[]string{"/b"}, []string{"/a", "/c"}, "",
		},
		{
			"behind a key, with what is nested in it", "a:\n  b: # IGNORE\n    c: 1\n    d:\n    - e\n  f: 1\ng: 1\n",
			[]string{"/a/b", "/a/b/c", "/a/b/d/0"}, []string{"/a", "/a/f", "/g"}, "",
		},
		{
			"behind a key whose list has its column", "a: # IGNORE\n- b: 1\n- b: 2\nc: 1\n",
			[]string{"/a", "/a/0/b", "/a/1"}, []string{"/c"}, "",
		},
		{
			"behind the first key of an item", "a:\n- b: 1 # IGNORE\n  c: 2\n- d: 1\n",
			[]string{"/a/0/b"}, []string{"/a", "/a/0/c", "/a/1"}, "",
		},
		{
			"behind a dash", "a:\n- # IGNORE\n  b: 1\n  c: 2\n- d: 1\n",
			[]string{"/a/0/b", "/a/0/c"}, []string{"/a", "/a/1"}, "",
		},
		{
			"above a key", "a:\n  # IGNORE\n  b:\n    c: 1\n\n    d: [1, 2]\n  e: 1\n",
			[]string{"/a/b", "/a/b/c", "/a/b/d/1"}, []string{"/a", "/a/e"}, "",
		},
		{
			"above a key, among other comments", "a:\n  # first\n  # IGNORE\n  # last\n  b: 1\n  c: 1\n",
			[]string{"/a/b"}, []string{"/a", "/a/c"}, "",
		},
		{
			"above a key whose list has its column", "x: 1\n# IGNORE\na:\n- b: 1\n- c: 1\nd: 1\n",
			[]string{"/a", "/a/0", "/a/1/c"}, []string{"/x", "/d"}, "",
		},
		{
			"above an item", "a:\n- b: 1\n# IGNORE\n- c: 1\n  d: 2\n- e: 1\n",
			[]string{"/a/1", "/a/1/c", "/a/1/d"}, []string{"/a", "/a/0/b", "/a/2/e"}, "",
		},
		{
			"inside an item", "a:\n- b: 1\n  # IGNORE\n  c:\n    d: 2\n  e: 1\n- f: 1\n",
			[]string{"/a/0/c", "/a/0/c/d"}, []string{"/a/0/b", "/a/0/e", "/a/1/f"}, "",
		},
		{
			"above an item of items", "a:\n# IGNORE\n- - b\n  - c\n- - d\n",
			[]string{"/a/0/0", "/a/0/1"}, []string{"/a", "/a/1/0"}, "",
		},
		{
			"above the document", "# IGNORE\na:\n  b: 1\nc: 1\n",
			[]string{"/a", "/a/b", "/c"}, nil, "",
		},
		{
			"above the first of several documents", "# IGNORE\na: 1\n---\na: 1\n",
			[]string{"0:/a"}, []string{"1:/a"}, "",
		},
		{
			"above the mark of a document", "a: 1\n# IGNORE\n---\na: 1\nb: 1\n---\na: 1\n",
			[]string{"1:/a", "1:/b"}, []string{"0:/a", "2:/a"}, "",
		},
		{
			"below the mark of a document", "a: 1\n---\n# license\n# IGNORE\na: 1\nb:\n  c: 1\n---\na: 1\n",
			[]string{"1:/a", "1:/b/c"}, []string{"0:/a", "2:/a"}, "",
		},
		{
			"behind the mark of a document", "a: 1\n--- # IGNORE\na: 1\nb: 1\n...\n---\na: 1\n",
			[]string{"1:/a", "1:/b"}, []string{"0:/a", "2:/a"}, "",
		},
		{
			"behind a flow style", "a: {b: 1, c: {d: 2}} # IGNORE\ne: 1\n",
			[]string{"/a", "/a/b", "/a/c/d"}, []string{"/e"}, "",
		},
		{
			"inside a flow style, behind an entry", "a: {\n  b: 1, # IGNORE\n  c: 2}\ne: 1\n",
			[]string{"/a/b"}, []string{"/a", "/a/c", "/e"}, "",
		},
		{
			"inside a flow style, behind what opens one", "a: {\n  b: { # IGNORE\n    c: 1,\n    d: [2]\n  }, e: 3,\n  f: 1}\n",
			[]string{"/a/b", "/a/b/c", "/a/b/d/0"}, []string{"/a", "/a/e", "/a/f"}, "",
		},
		{
			"inside a flow style, above an entry", "a: {\n  # IGNORE\n  b: {c: 1, d: [\n2]}, e: 3,\n  f: 1}\n",
			[]string{"/a/b", "/a/b/c", "/a/b/d/0"}, []string{"/a", "/a/e", "/a/f"}, "",
		},
		{
			"inside a flow style, above the last entry", "a: [\n  1,\n  # IGNORE\n  {b: 1}\n]\nc: 1\n",
			[]string{"/a/1", "/a/1/b"}, []string{"/a/0", "/c"}, "",
		},
		{
			"with CRLF", "a:\r\n  # IGNORE\r\n  b:\r\n    c: 1\r\n  d: 1\r\n",
			[]string{"/a/b", "/a/b/c"}, []string{"/a", "/a/d"}, "",
		},
		{
			"behind a tab", "a:\n  b: 1\t# IGNORE\n  c: 1\n",
			[]string{"/a/b"}, []string{"/a", "/a/c"}, "",
		},
		{
			"behind a tab in a flow style", "a: {\n\t# IGNORE\n\tb: 1,\n\tc: 1}\n",
			[]string{"/a/b"}, []string{"/a", "/a/c"}, "",
		},
		{
			"behind a byte order mark", "\ufeff# IGNORE\na: 1\n---\na: 1\n",
			[]string{"0:/a"}, []string{"1:/a"}, "",
		},
		{
			"behind characters of several bytes", "ä: {ö: \"ü\", b: [\n  # IGNORE\n  ß], c: 1}\n",
			[]string{"/ä/b/0"}, []string{"/ä", "/ä/ö", "/ä/c"}, "",
		},
		{
			"above a key with a block scalar", "a:\n  # IGNORE\n  b: |\n    # IGNORED is text\n    x\n  c: 1\n",
			[]string{"/a/b", "/a/b#text:2"}, []string{"/a", "/a/c"}, "",
		},
		{
			"below a block scalar", "a:\n- b: |\n    text\n  # IGNORE\n  c: 1\n- d\n",
			[]string{"/a/0/c"}, []string{"/a/0/b", "/a/0/b#text:1", "/a/1"}, "",
		},
		{
			"below a scalar of several lines", "a: one\n  two \"three\n# IGNORE\nb: 'four\n\n  five'\nc: 1\n",
			[]string{"/b"}, []string{"/a", "/c"}, "",
		},
		{
			"behind a quoted value that looks like more", "a: \"x # y\" # IGNORE\nb: 'it''s: {' \n",
			[]string{"/a"}, []string{"/b"}, "",
		},
		{
			"behind an anchor", "a: &x # IGNORE\n  b: 1\nc: *x\n",
			[]string{"/a", "/a/b"}, []string{"/c"}, "",
		},
		{
			"at the end", "a: 1\n# IGNORE\n",
			nil, []string{"/a"}, "nothing stands below it",
		},
		{
			"at the end of a document", "a: 1\n# IGNORE\n...\n---\na: 1\n",
			nil, []string{"0:/a", "1:/a"}, "nothing stands below it",
		},
		{
			"above a blank line", "a: 1\n# IGNORE\n\nb: 1\n",
			nil, []string{"/a", "/b"}, "a blank line divides it from what stands below it",
		},
		{
			"deeper than what is below", "a:\n  b: 1\n  # IGNORE\nc: 1\n",
			nil, []string{"/a", "/a/b", "/c"}, "it is indented deeper than what stands below it",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := strings.ReplaceAll(tc.text, "IGNORE\r\n", ignore+"\r\n")
			text = strings.ReplaceAll(text, "IGNORE\n", ignore+"\n")
			list, diags := suppress.Comments(source.Marked{File: "f.yaml", Data: []byte(text)})
			if len(diags) > 0 || len(list) != 1 {
				t.Fatalf("%d suppressions, %v", len(list), diags)
			}
			s := list[0]
			if s.Reason != "known # well" || s.By != mesh.ByComment || s.Origin.Note != tc.note {
				t.Errorf("%+v", s)
			}
			for _, path := range slices.Concat(tc.covers, tc.lets) {
				subject := &mesh.Subject{Position: locate(t, text, path)}
				if want := slices.Contains(tc.covers, path); s.Covers(subject) != want {
					t.Errorf("%s at %s: want covered %v in\n%s", path, subject.Position, want, text)
				}
			}
		})
	}
}

// locate is the position of a value as the loader of documents tells it.
func locate(t *testing.T, text, path string) mesh.Position {
	t.Helper()
	docs, diags := source.ParseAny("f.yaml", []byte(text), source.Options{})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	number := 0
	if n, rest, ok := strings.Cut(path, ":/"); ok {
		number, _ = strconv.Atoi(n)
		path = "/" + rest
	}
	at := docs[number].Locate(path)
	if at.Path != path {
		t.Fatalf("%s: the document has %s only", path, at.Path)
	}
	return at
}

// What only looks like a comment suppresses nothing, and is no mistake either.
func TestTextIsNoComment(t *testing.T) {
	for name, text := range map[string]string{
		"a block scalar":                    "a: |\n  # IGNORE\nb: >-\n  x\n  # IGNORE\n",
		"a block scalar of an item":         "a:\n- b: |\n    # IGNORE\n  c: 1\n- |\n  # IGNORE\n- - |2\n      # IGNORE\n",
		"a block scalar with a tag":         "a: !!str |+\n\n  # IGNORE\n\nb: &x |-\n  # IGNORE\n",
		"a block scalar of a document":      "--- |\n# IGNORE\n",
		"double quotes":                     "a: \"\n  # IGNORE\n  \\\"\n  # IGNORE\n  \"\n",
		"single quotes":                     "a: 'it''s\n  # IGNORE\n  '\n",
		"quotes in a flow style":            "a: {b: \"\n  # IGNORE\n\", 'c\n\n  # IGNORE\n  ': 1}\n",
		"no space before it":                "a: b#IGNORE\n",
		"another word":                      "# see muster:ignore DR103\na: 1\n",
		"a comment that mentions it":        "# to accept this, write muster:ignore\na: 1\n",
		"a scalar that begins like a quote": "a: b \"c\n  d # x\nb: \"\n# IGNORE\n\"\n",
	} {
		list, diags := suppress.Comments(source.Marked{File: "f.yaml", Data: []byte(strings.ReplaceAll(text, "IGNORE", "muster:ignore DR103 reason=known"))})
		if len(list)+len(diags) > 0 {
			t.Errorf("%s: %d suppressions, %v", name, len(list), diags)
		}
	}
}

// Actions of templates are passed over: a comment covers what stands behind them.
func TestACommentInATemplate(t *testing.T) {
	const text = `{{- if .Values.on }}
{{/*
# muster:ignore DR101
*/}}
apiVersion: v1
spec:
  # muster:ignore DR103 until=2027-03-31 reason=known
  {{- with .Values.x }}
  host: {{ .host | default "a # {b" }}
  {{- end }}
  port: {{ .port }} # muster:ignore DR104 until=2027-03-31 reason=known
  {{ $k }}: {{ "x" }}
{{- end }}
`
	list, diags := suppress.Comments(source.Marked{File: "t.yaml", Data: []byte(text), Template: true})
	if len(list) != 2 || len(diags) > 0 {
		t.Fatalf("%d suppressions, %v", len(list), diags)
	}
	for line := 1; line <= 13; line++ {
		for i, want := range []int{9, 11} {
			covered := list[i].Covers(&mesh.Subject{Position: mesh.Position{Line: line, Column: 3}})
			if covered != (line == want) && (i != 0 || line != 10) { // an action belongs to whatever is above it
				t.Errorf("suppression %d: line %d covered %v", i, line, covered)
			}
		}
	}
}

func TestMalformedCommentsSuppressNothing(t *testing.T) {
	for text, want := range map[string]string{
		"a: 1 # muster:ignore":                                          `f.yaml:1:21: suppresses nothing: which rule? want ids or slugs with commas between, such as DR103,single-gateway`,
		"a: 1 # muster:ignore # later":                                  `f.yaml:1:22: suppresses nothing: which rule? want ids or slugs with commas between, such as DR103,single-gateway`,
		"a: 1 # muster:ignored":                                         `f.yaml:1:21: suppresses nothing: want a space behind muster:ignore, then the rules: muster:ignore DR103 until=2027-03-31 reason="…"`,
		"ä: 1 # muster:ignore DR103 until=tomorrow":                     `f.yaml:1:28: suppresses nothing: until: "tomorrow" is no date, want one such as 2027-03-31`,
		"a: 1\n  # muster:ignore DR1O3":                                 `f.yaml:2:19: suppresses nothing: "DR1O3" is no rule, want an id such as DR103 or a slug such as single-gateway`,
		"a: 1 # muster:ignore DR103\r b: 1 # x":                         `f.yaml:1:29: suppresses nothing: want until=2027-03-31, reason="…" or owner=…, got "b: 1 # x"`,
		"a: 1 # muster:ignore DR103 reason=\"a\u2028b\"":                `f.yaml:1:6: suppresses nothing: a line break that is none to editors stands in this comment; end lines with LF or CRLF`,
		"a: 1 # muster:ignore DR103 " + strings.Repeat("reason ", 1000): `f.yaml:1:21: suppresses nothing: a suppression is longer than 4096 bytes`,
	} {
		list, diags := suppress.Comments(source.Marked{File: "f.yaml", Data: []byte(text)})
		if len(list) != 0 || len(diags) != 1 || diags[0].Error() != want {
			t.Errorf("%q: %d suppressions, %v, want %s", text, len(list), diags, want)
		}
	}
}

func TestAFileHasABoundedNumberOfSuppressions(t *testing.T) {
	text := strings.Repeat("# muster:ignore DR103\na: 1\n", 1500)
	list, diags := suppress.Comments(source.Marked{File: "f.yaml", Data: []byte(text)})
	if len(list) != 1000 || len(diags) != 1 || diags[0].Position.Line != 2001 {
		t.Errorf("%d suppressions, %v", len(list), diags)
	}
}
