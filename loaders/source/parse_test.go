package source

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// summary renders what Parse returns, one line each: "line Kind/name", "line ignored: reason",
// "file:line:column: message".
func summary(docs []*Document, ignored []Ignored, diags []Diagnostic) []string {
	var out []string
	for _, d := range docs {
		out = append(out, fmt.Sprintf("%d %s/%s", d.Line, d.Kind, d.Name))
	}
	for _, i := range ignored {
		out = append(out, fmt.Sprintf("%d ignored: %s", i.Line, i.Reason))
	}
	for _, d := range diags {
		out = append(out, d.Error())
	}
	return out
}

type parseCase struct {
	name, text string
	want       []string
}

func runParse(t *testing.T, file string, cases []parseCase) {
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			docs, ignored, diags := Parse(file, []byte(tt.text), Options{})
			if got := summary(docs, ignored, diags); !slices.Equal(got, tt.want) {
				t.Errorf("%s\n got %s\nwant %s", tt.text, strings.Join(got, "\n     "), strings.Join(tt.want, "\n     "))
			}
			for _, d := range diags {
				checkMessage(t, tt.text, d.Message)
			}
		})
	}
}

// object is a small manifest in one line of flow style, for streams.
func object(name string) string {
	return "{apiVersion: v1, kind: A, metadata: {name: " + name + "}}\n"
}

func TestDocumentsAreSplitAtMarkers(t *testing.T) {
	a, b := object("a"), object("b")
	runParse(t, "f.yaml", []parseCase{
		{"one", a, []string{"1 A/a"}},
		{"no final newline", strings.TrimSpace(a), []string{"1 A/a"}},
		{"two", a + "---\n" + b, []string{"1 A/a", "3 A/b"}},
		{"marker first and last", "---\n" + a + "---\n", []string{"2 A/a"}},
		{"empty and comment-only documents", "---\n---\n# nothing\n---\n\n" + a + "---\n \n...\n---\n" + b, []string{"6 A/a", "11 A/b"}},
		{"content behind the marker", "--- " + a + "--- # comment\n" + b, []string{"1 A/a", "3 A/b"}},
		{"block content behind the marker", "--- !!map\napiVersion: v1\nkind: A\n", []string{"1 A/"}},
		{"end marker", a + "...\n# between\n" + b, []string{"1 A/a", "4 A/b"}},
		{"end marker, then marker", a + "...\n---\n" + b, []string{"1 A/a", "4 A/b"}},
		{"three dashes that are no marker", "apiVersion: v1\nkind: A\ndata:\n  x: |\n    ---\n    y\n  z: ---\n---more: 1\n", []string{"1 A/"}},
		{"comments in front", "# a\n\n# b\n" + a, []string{"4 A/a"}},
		{"CRLF", "---\r\napiVersion: v1\r\nkind: A\r\n---\r\nkind: B\r\napiVersion: v1\r\n", []string{"2 A/", "5 B/"}},
		{"byte order mark", "\ufeff" + a + "\ufeff---\n" + b, []string{"1 A/a", "3 A/b"}},
		{"directives", "%YAML 1.1\n# c\n---\n" + a + "...\n%TAG ! tag:a,2000:\n---\n" + b, []string{"4 A/a", "8 A/b"}},
		{"unsupported directive", "%YAML 2.0\n---\n" + a, []string{"3 A/a", "f.yaml:1:1: Kubernetes reads YAML 1.1 only; remove the %YAML line"}},
		{"indented root", "  apiVersion: v1\n  kind: A\n", []string{"1 A/"}},
		{"nothing", "", nil},
		{"only a comment", "# a\n", nil},
		{"only markers", "---\n---\n...\n", nil},
	})
}

func TestOneBrokenDocumentDoesNotLoseTheOthers(t *testing.T) {
	a, b := object("a"), object("b")
	for _, broken := range []string{
		"kind: [\n", "a: \"\n", "\tx\n", "a: {{\n", "- a\nb: c\n", "a: 'b\n\n", "|\n x\ny\n", "a: *b\n", "\xff\n", "a: \x00\n", "{a: b}\nc\n", "{\"a\": 1}\nc: d\n", "a: b: c\n", "? {a: b}\n: c\n",
	} {
		text := a + "---\n" + broken + "---\n" + b
		docs, _, diags := Parse("f.yaml", []byte(text), Options{})
		if len(docs) != 2 || docs[0].Name != "a" || docs[1].Name != "b" || docs[1].Index != 1 {
			t.Errorf("%q: delivered %v", text, summary(docs, nil, diags))
		}
		if len(diags) != 1 || diags[0].Position.Line < 3 || diags[0].Position.Line > 3+strings.Count(broken, "\n") {
			t.Errorf("%q: %v", text, diags)
		}
	}
}

func TestSyntaxErrorsTellLineAndColumnOfTheFile(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"tab as indentation", "a:\n\tb: 1\n", "2:1: a tab where YAML wants spaces"},
		{"tab behind spaces", "a:\n  b: 1\n \tc: 2\n", "3:2: a tab where YAML wants spaces"},
		{"tab at the start", "\ta: 1\n", "1:1: a tab where YAML wants spaces"},
		{"two colons", "x: 1\na: b: c\n", `2:5: a ": " that YAML cannot place`},
		{"indentation under a scalar", "a: 1\n b: 2\n", `2:2: a ": " that YAML cannot place`},
		{"wrong indentation", "a:\n    b: 2\n  d: 1\n", "3:3: this line does not fit"},
		{"text behind a quote", "x: 1\na: 'x' y\n", "2:1: this line does not fit"},
		{"literal that ends too early", "a: |\n  x\n y\n", "3:2: this line does not fit"},
		{"no dash", "- a\nb: 1\n", "2:1: this line does not belong to the list"},
		{"list in a mapping", "x: 1\n- a\n", "2:1: this line does not fit"},
		{"list behind a key", "a: - b\n", "1:1: a list cannot start in this place"},
		{"open list", "a: [1, 2\nb: 3\n", "2:1: a [list] is not closed"},
		{"open mapping", "x: 1\na: {b: 1\nc: 2\n", "3:1: a {mapping} is not closed"},
		{"open list at the end", "x: 1\na: [1,\n", "2:1: there is no value"},
		{"open quote", "x: 1\na: \"foo\nb: c\n", "2:4: this quote is never closed"},
		{"open quote over many lines", "x: 1\na: \"foo\nb\nc\n\nd\n", "2:4: this quote is never closed"},
		{"open single quote", "a: 'x\n", "1:4: this quote is never closed"},
		{"no colon", "a:\n- 1\nb\n", `3:1: a key without ": "`},
		{"at sign", "x: 1\na: @foo\n", "2:4: a value cannot start with this character"},
		{"percent sign", "a: %foo\n", "1:4: a value cannot start with this character"},
		{"unknown escape", `a: "\q"` + "\n", `1:5: a \ that double quotes do not know`},
		{"unknown anchor", "x: 1\na: [b, *nope]\n", `2:8: the anchor "nope" is not defined`},
		{"anchor in itself", "a: &a\n  b: [*a]\n", `2:7: the anchor "a" contains itself`},
		{"not a number", "x: 1\na: [1, .nan]\n", "2:8: JSON has no such number"},
		{"mapping as key", "x: 1\ny: {{a: b}: c}\n", "2:5: a mapping or a list cannot be a key"},
		{"null as key", "x: 1\n~: 1\n", "2:1: this key has to be a string"},
		{"wrong tag", "x: 1\na: !!int foo\n", "2:4: cannot decode !!str `foo` as a !!int"},
		{"no base64", "a: !!binary x*\n", "1:4: !!binary is not followed by base64"},
		{"control character", "x: 1\na: é\x01\n", "2:5: a control character"},
		{"invalid UTF-8", "x: 1\na: é\xff\n", "2:5: invalid UTF-8"},
		{"closing brace", "x: 1\n}\n", "2:1: this line does not fit"},
		{"block header", "a: |x\n", "1:1: nothing but +, - or a number"},
		{"text behind a flow mapping", "{a: b}\n\nc: d\n", "3:1: Kubernetes does not read this"},
		{"text left of the first line", "  a: 1\nb: 2\n", "2:1: Kubernetes does not read this"},
		{"lone CR counts as no line", "a: x\rb: y\nc: [\n\nd: 1\n", "4:1: a [list] is not closed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// The same error in the third document of a file is as many lines further down.
			before := object("a") + "--- # b\n" + object("b") + "---\n"
			for _, above := range []string{"", before} {
				docs, _, diags := Parse("f.yaml", []byte(above+tt.text), Options{})
				if len(diags) != 1 {
					t.Fatalf("%q: want one diagnostic, have %v", tt.text, summary(docs, nil, diags))
				}
				var line int
				var rest string
				if _, err := fmt.Sscanf(tt.want, "%d:%s", &line, &rest); err != nil {
					t.Fatal(err)
				}
				_, rest, _ = strings.Cut(tt.want, ":")
				want := fmt.Sprintf("f.yaml:%d:%s", line+strings.Count(above, "\n"), rest)
				if got := diags[0].Error(); !strings.HasPrefix(got, want) {
					t.Errorf("%q\n got %s\nwant %s…", tt.text, got, want)
				}
				checkMessage(t, tt.text, diags[0].Message)
			}
		})
	}
}

func TestRepeatedKeysAreReportedAndTheDocumentDelivered(t *testing.T) {
	runParse(t, "f.yaml", []parseCase{
		{"block", "apiVersion: v1\nkind: A\nmetadata:\n  name: x\n  labels:\n    a: 1\n    b: 2\n    a: 3\n", []string{
			"1 A/x", `f.yaml:8:5: the key "a" stands twice in this mapping; remove one of the two`}},
		{"flow", "apiVersion: v1\nkind: A\nspec: {a: 1, a: 2}\n", []string{
			"1 A/", `f.yaml:3:14: the key "a" stands twice in this mapping; remove one of the two`}},
		{"the same boolean", "apiVersion: v1\nkind: A\nspec: {yes: 1, on: 2}\n", []string{
			"1 A/", `f.yaml:3:16: the key "true" stands twice in this mapping; remove one of the two`}},
		{"JSON", `{"apiVersion": "v1", "kind": "A",` + "\n" + ` "a": [{"b": 1, "\u0062": 2}]}`, []string{
			"1 A/", `f.yaml:2:17: the key "b" stands twice in this mapping; remove one of the two`}},
		{"overriding what is merged is no repetition", "apiVersion: v1\nkind: A\na: &a {x: 1}\nb: {<<: *a, x: 2}\n", []string{"1 A/"}},
		{"not in what is no manifest", "a: 1\na: 2\n", []string{"1 ignored: " + notManifest}},
	})
	docs, _, _ := Parse("f.yaml", []byte("apiVersion: v1\nkind: A\nspec: 1\nspec: 2\n"), Options{})
	if got, want := string(docs[0].JSON), `{"apiVersion":"v1","kind":"A","spec":2}`; got != want {
		t.Errorf("delivered %s, want the last of the two values: %s", got, want)
	}
	if p := docs[0].Locate("/spec"); p.Line != 4 {
		t.Errorf("/spec is at %v, want the line of the value that counts, 4", p)
	}
}

func TestUnquotedNamesAreReported(t *testing.T) {
	runParse(t, "f.yaml", []parseCase{
		{"number", "apiVersion: v1\nkind: A\nmetadata:\n  name: 12\n", []string{
			"1 A/12", "f.yaml:4:3: metadata.name has to be a string; put 12 in quotes"}},
		{"boolean", "apiVersion: v1\nkind: A\nmetadata: {name: x, namespace: on}\n", []string{
			"1 A/x", "f.yaml:3:21: metadata.namespace has to be a string; put true in quotes"}},
		{"null", "apiVersion: v1\nkind: A\nmetadata: {name: }\n", []string{"1 A/"}},
	})
}

func TestJSON(t *testing.T) {
	runParse(t, "f.json", []parseCase{
		{"one", "{\n  \"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"a\"}}", []string{"1 A/a"}},
		{"tabs", "\n\t{\"apiVersion\": \"v1\",\n\t\"kind\": \"A\"}", []string{"2 A/"}},
		{"several", `{"apiVersion":"v1","kind":"A"}{"apiVersion":"v1","kind":"B"}` + "\n\n" + `{"apiVersion":"v1","kind":"C"}`,
			[]string{"1 A/", "1 B/", "3 C/"}},
		{"array of objects", "[\n{\"apiVersion\":\"v1\",\"kind\":\"A\"},\n{\"apiVersion\":\"v1\",\"kind\":\"B\"}]", []string{"2 A/", "3 B/"}},
		{"other array", `[1, 2]`, []string{"1 ignored: " + notManifest}},
		{"one broken among several", `{"apiVersion":"v1","kind":"A"}` + "\n{\"kind\": x}\n" + `{"apiVersion":"v1","kind":"C"}`,
			[]string{"1 A/", "3 C/", "f.json:2:10: this is no JSON: invalid character 'x' looking for beginning of value"}},
		{"cut off", `{"apiVersion": "v1", "kind": "A"`, []string{"f.json:1:1: this JSON ends too early"}},
		{"comments", "{\n  // editor settings\n  \"a\": 1}\n", []string{"1 ignored: JSON with comments, not a manifest"}},
		{"YAML in a .json file", "apiVersion: v1\nkind: A\n", []string{"1 A/"}},
		{"behind a marker", "--- {\"apiVersion\":\"v1\",\n\"kind\":\"A\"}\n---\n{\"apiVersion\":\"v1\",\"kind\":\"B\"}", []string{"1 A/", "4 B/"}},
		{"flow YAML is no JSON", "{apiVersion: v1, kind: A}", []string{"f.json:1:2: this is no JSON: invalid character 'a' looking for beginning of object key string"}},
	})
	docs, _, _ := Parse("f.json", []byte(`{"apiVersion":"v1","kind":"A","n":12345678901234567890123}`), Options{})
	if !strings.Contains(string(docs[0].JSON), "12345678901234567890123") {
		t.Errorf("JSON changed on its way: %s", docs[0].JSON)
	}
}

func TestJSONInsideYAMLFiles(t *testing.T) {
	runParse(t, "f.yaml", []parseCase{
		{"with a comment behind it", `{"apiVersion":"v1","kind":"A"} # c` + "\n# d\n", []string{"1 A/"}},
		{"several values", `{"apiVersion":"v1","kind":"A"}` + "\n" + `{"apiVersion":"v1","kind":"B"}`, []string{"1 A/", "2 B/"}},
		{"a trailing comma is YAML", `{"apiVersion":"v1","kind":"A",}`, []string{"1 A/"}},
		{"tabs", "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"A\"\n}\n", []string{"1 A/"}},
	})
}

func TestEncodingsOtherThanUTF8AreTold(t *testing.T) {
	utf16 := []byte{0xff, 0xfe}
	for _, b := range []byte("apiVersion: v1\nkind: A\n---\n") {
		utf16 = append(utf16, b, 0)
	}
	for _, data := range [][]byte{utf16, utf16[2:], {0xfe, 0xff, 0, 'a'}} {
		_, _, diags := Parse("f.yaml", data, Options{})
		if len(diags) != 1 || diags[0].Error() != "f.yaml:1:1: this is UTF-16 text; save the file as UTF-8" {
			t.Errorf("%q: %v", data[:4], diags)
		}
	}
}

func TestPointersOfGitLFSAreTold(t *testing.T) {
	const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
	_, _, diags := Parse("f.yaml", []byte(pointer), Options{})
	if len(diags) != 1 || diags[0].Position.File != "f.yaml" || !strings.Contains(diags[0].Message, "git lfs pull") {
		t.Errorf("%v", diags)
	}
	if _, _, diags := Parse("f.yaml", []byte("# "+pointer), Options{}); len(diags) > 1 {
		t.Errorf("a comment: %v", diags)
	}
}

func TestKeyLeavesOutTheVersion(t *testing.T) {
	for _, tt := range []struct{ doc, want string }{
		{"apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {namespace: a, name: b}\n", "networking.istio.io/DestinationRule/a/b"},
		{"apiVersion: v1\nkind: Service\nmetadata: {name: b}\n", "/Service//b"},
	} {
		docs, _, _ := Parse("f.yaml", []byte(tt.doc), Options{})
		if got := docs[0].Key(); got != tt.want {
			t.Errorf("Key() = %q, want %q", got, tt.want)
		}
	}
}

func TestRawHasTheCommentsInFrontOfTheMarker(t *testing.T) {
	text := object("a") + "...\n# muster:ignore DR103\n---\n# inside\nkind: B\napiVersion: v1\n---\n" + object("c")
	docs, _, _ := Parse("f.yaml", []byte(text), Options{})
	raw, line := docs[1].Raw()
	if want := "# muster:ignore DR103\n---\n# inside\nkind: B\napiVersion: v1\n"; string(raw) != want || line != 3 {
		t.Errorf("Raw() = %q, %d; want %q, 3", raw, line, want)
	}
	if raw, line := docs[2].Raw(); string(raw) != "---\n"+object("c") || line != 8 {
		t.Errorf("Raw() = %q, %d", raw, line)
	}
}
