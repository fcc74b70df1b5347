package source

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// seeds are the documents of testdata/corpus, whole files and one by one.
func seeds(f *testing.F) {
	for _, doc := range corpus(f) {
		f.Add(doc.text)
	}
	for _, s := range []string{
		"a: [1, {b: c}]\n", "a: |\n  x\n\n y\n", "a: |-\n   x\n    y\n\nb: >\n c\n", "- - a\n  - b\n- c: |+\n    d\n\n  e:\n",
		"? a\n: b\n", "a: 'it''s'\n", "\"a\": \"\\u00e9\"\n", "a: 0x1F\nb: 1_0\nc: .5\nd: -.inf\ne: 12e03\nf: 1:30\n",
		"a:\n- b\n-\n  c: d\n-\n", "{a: b, c: [d, e]}", "a: &x {b: *x}\n", "<<: {a: b}\n", "%TAG ! x:\n---\na: !y z\n",
		"a: b\r\nc: |\r\n  d\r\n  e\r\n", "\ufeffa: b\n", "a: b # c\n# d\ne:   # f\n  g: h\n", "a: - b\n", "a: \"x\n  y\"\n",
		"{\"a\": [1, 2.50, \"\\ud83d\\ude00\"], \"a\": null}", "{\"a\":1}\n{\"b\":}\n{\"c\":2}", "a: {{ .Values.x }}\n", "{% if x %}\na: b\n",
		"a: on\nb: off\nc: n\nd: ~\n0777: x\n1e3: y\n", "kind: List\napiVersion: v1\nitems:\n- apiVersion: v1\n  kind: A\n- b\n",
	} {
		f.Add(s)
	}
}

// FuzzPlain holds the fast reader to Kubernetes' own: whatever it accepts, both read alike.
func FuzzPlain(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip()
		}
		for _, c := range split([]byte(s), 1000) {
			if c.directives || c.marked && c.content == c.bodyLine {
				continue
			}
			raw := []byte(s)[c.contentAt:c.to]
			d, ok := plainJSON(raw)
			if !ok {
				continue
			}
			got, spans := d.js, d.items
			want, repeated, err := toJSON(raw)
			if err != nil || repeated || !bytes.Equal(got, want) {
				t.Fatalf("%q\n plain: %s\n  full: %s (repeated %v, error %v)", raw, got, want, repeated, err)
			}
			if h := readHead(want, 0); d.headed && !reflect.DeepEqual(d.head, h) {
				t.Fatalf("%q: the head is %+v, and read as %+v", raw, h, d.head)
			}
			if _, depth := skipValue(want, 0); depth > plainDeepest {
				t.Fatalf("%q: nests %d deep", raw, depth)
			}
			for _, at := range spans {
				if at.start < 0 || at.end < at.start || at.end > len(raw) {
					t.Fatalf("%q: span %+v outside of the text", raw, at)
				}
			}
		}
	})
}

// lastDocument follows whatever was fuzzed, and has to be delivered in any case.
const lastDocument = "apiVersion: v1\nkind: Service\nmetadata:\n  name: last\n"

func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		whole := s + "\n---\n" + lastDocument
		docs, ignored, diags := Parse("fuzz.yaml", []byte(whole), Options{})
		lines := strings.Count(whole, "\n") + 1
		for _, d := range docs {
			if d.Line < 1 || d.Line > lines {
				t.Fatalf("%q: document in line %d of %d", s, d.Line, lines)
			}
			if d.APIVersion == "" || d.Kind == "" {
				t.Fatalf("%q: delivered %s without apiVersion or kind", s, d.JSON)
			}
			checkPosition(t, s, d.Locate(""), lines)
		}
		for _, i := range ignored {
			if i.Line < 1 || i.Line > lines || i.Reason == "" {
				t.Fatalf("%q: ignored %+v of %d lines", s, i, lines)
			}
		}
		for _, d := range diags {
			checkPosition(t, s, d.Position, lines)
			checkMessage(t, s, d.Message)
		}
		if len(docs) == 0 || docs[len(docs)-1].Name != "last" {
			t.Fatalf("%q: the document behind it was lost; %d delivered, %v", s, len(docs), diags)
		}
	})
}

// FuzzLocate asks for every value of every document, and for paths that are not there.
func FuzzLocate(f *testing.F) {
	for _, doc := range corpus(f) {
		f.Add(doc.text, "/data/text#text:2")
	}
	f.Add("apiVersion: v1\nkind: X\nspec: &a\n  x: {<<: [*b, *c]}\n", "/spec/x/~1~0")
	f.Add("{\"apiVersion\":\"v1\",\"kind\":\"X\",\"a\":[{\"b\":1}]}", "/a/0/b")
	f.Fuzz(func(t *testing.T, s, path string) {
		docs, _, _ := Parse("fuzz.yaml", []byte(s), Options{Limits: Limits{Documents: 100}})
		lines := strings.Count(s, "\n") + 1
		for _, d := range docs {
			found := d.Locate(path)
			checkPosition(t, s, found, lines)
			if again := d.Locate(found.Path); again.String() != found.String() {
				t.Fatalf("%q: %q is at %v, and what was found of it, %q, at %v", s, path, found, found.Path, again)
			}
			for _, leaf := range leaves(t, d.JSON) {
				p := d.Locate(leaf.path)
				checkPosition(t, s, p, lines)
				if p.Path != leaf.path && (d.text.json || d.text.tree() != nil) {
					t.Fatalf("%q: %q is in the JSON, and is located as %q", s, leaf.path, p.Path)
				}
			}
			checkPosition(t, s, Embedded(d, path, s).Locate(path), lines)
		}
	})
}
