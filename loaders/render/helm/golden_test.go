package helm

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

var update = flag.Bool("update", false, "rewrite the sections \"want\" of testdata")

// TestPositions holds every scalar of every example against the position that its file states:
//
//	templates/x.yaml:9 /spec/replicas = 3 @ values.yaml:1:1 < templates/x.yaml:9:13 template
func TestPositions(t *testing.T) {
	for _, e := range examples(t) {
		t.Run(e.name, func(t *testing.T) {
			out, err := Render(t.Context(), e.in)
			if err != nil {
				t.Fatal(err)
			}
			got := describe(e.in, out)
			if *update {
				e.setFile(t, "want", []byte(got))
				return
			}
			if want := e.golden("want"); got != want {
				t.Errorf("positions differ; run with -update and read the diff\n got:\n%s", got)
			}
		})
	}
}

func describe(in Input, out *Output) string {
	var b strings.Builder
	for _, p := range Check(in) {
		fmt.Fprintf(&b, "problem %s: %s", short(p.Position), p.Message)
		if p.Missing {
			fmt.Fprintf(&b, " (missing: %s)", p.Help)
		}
		b.WriteByte('\n')
	}
	for _, n := range out.Notes {
		fmt.Fprintf(&b, "note %s\n", n)
	}
	for _, text := range out.Texts {
		if text.Unstable {
			fmt.Fprintf(&b, "%s is unstable in lines %v\n", text.Template, text.UnstableLines)
		}
		a := NewAttribution(in, text)
		for line := 1; line <= len(a.lines); line++ {
			for _, s := range scalars(a, line) {
				value := s.node.Value
				for _, l := range text.UnstableLines {
					if l == line {
						value = "(random)"
					}
				}
				p := a.Locate(s.path, s.at)
				fmt.Fprintf(&b, "%s:%d %s = %s @ %s", text.Template, line, s.path, strings.ReplaceAll(value, "\n", "⏎"), short(p))
				for _, v := range p.Via {
					fmt.Fprintf(&b, " < %s %s", short(mesh.Position{File: v.File, Line: v.Line, Column: v.Column}), v.What)
				}
				b.WriteByte('\n')
			}
		}
	}
	return b.String()
}

func short(p mesh.Position) string {
	return strings.TrimPrefix(p.String(), "charts/example/")
}
