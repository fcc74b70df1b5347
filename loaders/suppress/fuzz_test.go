package suppress_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/loaders/suppress"
	"github.com/passmuster/muster/mesh"
)

// Whatever is taken means the same when it is written again, and a problem points into the text.
func FuzzGrammar(f *testing.F) {
	for _, seed := range []string{
		`DR103 until=2027-03-31 reason="retired in Q1" owner=team-edge`, `DR103,single-gateway reason="a \" \\ ; b" # c`,
		"muster:ignore DR103;DR104\nDR105", `DR103 reason="a`, "DR103\u2028reason=\"\"", `S01 owner=“a”`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, p := range suppress.ParseAll(text) {
			if p.Problem != nil {
				if p.Problem.Offset < 0 || p.Problem.Offset > len(text) || p.Problem.Message == "" || p.Entry.Rules != nil {
					t.Fatalf("%+v", p)
				}
				continue
			}
			e := p.Entry
			quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
			again := strings.Join(e.Rules, ",")
			if e.Reason != "" {
				again += ` reason="` + quoted.Replace(e.Reason) + `"`
			}
			if e.Owner != "" {
				again += ` owner="` + quoted.Replace(e.Owner) + `"`
			}
			if !e.Until.IsZero() {
				again += " until=" + e.Until.Format("2006-01-02")
			}
			if len(again) > 4000 {
				continue
			}
			other, problem := suppress.Parse(again)
			if problem != nil || strings.Join(other.Rules, ",") != strings.Join(e.Rules, ",") || other.Reason != e.Reason || other.Owner != e.Owner || !other.Until.Equal(e.Until) {
				t.Fatalf("%q: %+v, again %q: %+v, %v", text, e, again, other, problem)
			}
		}
	})
}

// What is taken for a comment is one: with another comment in its place, the documents say the same. And whatever the file, a comment covers
// one stretch at most, which is not before it unless it stands behind something.
func FuzzComments(f *testing.F) {
	for _, seed := range []string{
		"a: 1 # IGNORE\n", "# IGNORE\na:\n- b: |\n    # IGNORE\n  c: \"x # y\" # IGNORE\n", "a: {b: [1, # IGNORE\n  'it''s # IGNORE'], c: d}\n",
		"a: >-\n\n  x\n # IGNORE\nb: c d\n  e # IGNORE\n", "--- |\n# IGNORE\n---\n# IGNORE\n? a\n: - b\n  - - c: # IGNORE\n      - d\n",
		"\"a\": \"b\n # IGNORE\n c\" # IGNORE\n", "- 'a' # IGNORE\n- !!str |1\n  # IGNORE\n-\n  # IGNORE\n  &x b: *x\n", "\ufeff# IGNORE\r\na: 1\r\n",
		"a:\n  b: x'y # IGNORE\n  c: \"\\\\\" # IGNORE\n", "a: b\n\n  # IGNORE\nc: {\n\t# IGNORE\n d: e\n  f # IGNORE\n}\n", "[a, # IGNORE\n{b: c}]: d\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || strings.Contains(text, "muster:") {
			return
		}
		data := []byte(strings.ReplaceAll(text, "IGNORE", "muster:ignore DR103"))
		list, _ := suppress.Comments(source.Marked{File: "f.yaml", Data: data})
		suppress.Comments(source.Marked{File: "f.yaml", Data: data, Template: true})
		lines := bytes.SplitAfter(data, []byte{'\n'})
		for _, s := range list {
			at := s.Origin.Position()
			stretches, last := 0, false
			for line := range len(lines) + 2 {
				covered := s.Covers(&mesh.Subject{Position: mesh.Position{Line: line, Column: 1 << 20}})
				if covered && line < at.Line {
					t.Fatalf("the comment at %s covers line %d above it", at, line)
				}
				if covered && !last {
					stretches++
				}
				last = covered
			}
			if stretches > 1 {
				t.Fatalf("the comment at %s covers %d stretches", at, stretches)
			}
		}
		docs, diags := source.ParseAny("f.yaml", data, source.Options{})
		if len(diags) > 0 || strings.ContainsAny(text, "\r\u0085\u2028\u2029") {
			return // it is not read, or an error tells of its line breaks
		}
		for _, s := range list {
			at := s.Origin.Position()
			line := lines[at.Line-1]
			from := 0
			if bytes.HasPrefix(line, []byte("\ufeff")) {
				from = 3
			}
			for range at.Column - 1 {
				_, n := utf8.DecodeRune(line[from:])
				from += n
			}
			lines[at.Line-1] = append(bytes.Clone(line[:from]), "# x\n"...)
		}
		without, diags := source.ParseAny("f.yaml", bytes.Join(lines, nil), source.Options{})
		if len(diags) > 0 || len(without) != len(docs) {
			t.Fatalf("%d documents, with other comments %d, %v\n%s", len(docs), len(without), diags, data)
		}
		for i, d := range docs {
			if !bytes.Equal(d.JSON, without[i].JSON) {
				t.Fatalf("%s, with other comments %s\n%s", d.JSON, without[i].JSON, data)
			}
		}
	})
}
