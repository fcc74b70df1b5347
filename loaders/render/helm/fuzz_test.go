package helm

import (
	"context"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// FuzzRender renders small templates with small values. Whatever they are, nothing panics, and
// every position lies within the input.
func FuzzRender(f *testing.F) {
	for _, e := range examples(f) {
		for _, file := range e.in.Files {
			if strings.HasPrefix(file.Name, "templates/") && !strings.HasSuffix(file.Name, ".tpl") {
				f.Add(string(file.Data), "a: 1\nb: [x, {c: d}]\ne: |\n  f\n  {{ .Values.a }}\n")
			}
		}
	}
	f.Add("{{ define \"x\" }}{{ . }}{{ end }}{{ range $k, $v := .Values }}{{ $k }}: {{ tpl (toYaml $v) $ }}\n{{ end }}", "a: b\n")
	f.Add("{{ $x := 1 }}{{ with $y := .Values.a }}{{ $x = $y }}{{ end }}a: {{ $x }}", "a: {b: c}\n")
	f.Fuzz(func(t *testing.T, template, values string) {
		if len(template) > 2_000 || len(values) > 1_000 || costly(template) || costly(values) {
			return
		}
		in := chartOf("templates/x.yaml", template, "values.yaml", values, "templates/_h.tpl", "{{ define \"h\" }}\nh: {{ . }}\n{{ end }}")
		Check(in)
		out, err := Render(context.Background(), in)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("more than one line: %q", err)
			}
			Explain(in, err.Error())
			return
		}
		for _, text := range out.Texts {
			spans := text.Trace.Spans
			if len(spans) == 0 || spans[len(spans)-1].To != len(text.Rendered) {
				t.Fatalf("%q: the spans do not cover the text", text.Rendered)
			}
			a := NewAttribution(in, text)
			for line := 1; line <= min(len(a.lines), 50); line++ {
				for _, sc := range scalars(a, line) {
					within(t, in, a.Locate(sc.path, sc.at))
				}
				within(t, in, a.Locate("/a/#text:1", mesh.Position{Line: line, Column: 2}))
			}
			within(t, in, a.Locate("/x", mesh.Position{Line: len(a.lines) + 7, Column: 1_000}))
			within(t, in, a.Locate("", mesh.Position{}))
		}
	})
}

// costly keeps the fuzzer away from what only a limit of memory and time can stop.
func costly(s string) bool {
	for _, word := range []string{"until", "repeat", "gen", "derive", "bcrypt", "htpasswd", "seq", "indent", "encrypt", "range", "rand", "shuffle", "include", "template", "tpl", "%"} {
		if strings.Count(s, word) > 2 {
			return true
		}
	}
	for _, word := range []string{"until", "repeat", "gen", "derive", "bcrypt", "htpasswd", "seq", "encrypt"} {
		if strings.Contains(s, word) {
			return true
		}
	}
	digits := 0
	for _, c := range s {
		if digits++; c < '0' || c > '9' {
			digits = 0
		}
		if digits > 4 {
			return true
		}
	}
	return false
}

func within(t *testing.T, in Input, p mesh.Position) {
	t.Helper()
	if _, _, ok := lineOf(in, p); !ok {
		t.Fatalf("%v is no place of the input", p)
	}
}
