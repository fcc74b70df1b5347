package helm

import (
	"fmt"
	"strings"
	"testing"
)

// TestWaysThroughChartsAreBounded keeps charts that import everything from one another, under many
// names, from taking for ever. Only what the parent process runs is called here.
func TestWaysThroughChartsAreBounded(t *testing.T) {
	in := Input{Chart: "charts/example"}
	dir := ""
	for level := range 12 {
		var b strings.Builder
		fmt.Fprintf(&b, "apiVersion: v2\nname: c%d\nversion: 1.0.0\ndependencies:\n", level)
		for alias := range 8 {
			fmt.Fprintf(&b, "  - name: c%d\n    alias: a%d\n    version: 1.0.0\n    repository: x\n    import-values:\n", level+1, alias)
			for range 8 {
				b.WriteString("      - {child: x, parent: .}\n")
			}
		}
		in.Files = append(in.Files, File{dir + "Chart.yaml", []byte(b.String())})
		dir += fmt.Sprintf("charts/c%d/", level+1)
	}
	in.Files = append(in.Files, File{dir + "Chart.yaml", []byte("apiVersion: v2\nname: c12\nversion: 1.0.0\n")})
	if problems := Check(in); len(problems) > maxProblems+1 {
		t.Errorf("%d problems", len(problems))
	}
	files, err := unpack(in.Files)
	if err != nil {
		t.Fatal(err)
	}
	if h, ok := newModel(in, files).find([]string{"no", "such", "value"}); ok {
		t.Errorf("found %+v", h)
	}
}

// TestAliasesOfYAMLAreBounded keeps values that name one another from taking for ever.
func TestAliasesOfYAMLAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("l0: &l0 {k: 1}\n")
	for i := range 30 {
		fmt.Fprintf(&b, "l%d: &l%d {", i+1, i+1)
		for j := range 30 {
			fmt.Fprintf(&b, "k%d: *l%d, ", j, i)
		}
		b.WriteString("}\n")
	}
	in := Input{Values: []ValuesFile{{"values/own.yaml", []byte(b.String())}}, Files: chartOf("values.yaml", b.String()).Files}
	text := Text{Template: "templates/x.yaml", Rendered: []byte("a: 1\n"), Trace: Trace{
		Spans: []Span{{To: 3, Call: -1}, {To: 4, Node: 1, Call: -1, Reads: []Read{{FromValues, "/no/such"}, {FromValues, "/l30/k1"}}}, {To: 5, Node: 0, Call: -1}},
		Nodes: []Node{{File: "templates/x.yaml", Line: 1, Column: 1, Literal: true}, {File: "templates/x.yaml", Line: 1, Column: 4}},
	}}
	if problems := Check(in); len(problems) == 0 {
		t.Error("a document that grows a billionfold is no problem")
	}
	if p := NewAttribution(in, text).Locate("/a", at(1, 1)); p.String() != "templates/x.yaml:1:1" {
		t.Errorf("got %v", p)
	}
}

// TestBrokenTracesDoNoHarm gives Locate what a child process that was taken over could send.
func TestBrokenTracesDoNoHarm(t *testing.T) {
	in := chartOf("values.yaml", "a: 1\n")
	for _, trace := range []Trace{
		{},
		{Spans: []Span{{To: -5, Node: 99, Call: 7}}},
		{Spans: []Span{{To: 1 << 40, Node: -1, Call: -9, Reads: []Read{{Origin(9), "x"}, {FromChart, ""}, {FromKey, ""}}}}, Nodes: []Node{{}}},
		{Spans: []Span{{To: 9, Reads: []Read{{FromChart, "/"}, {FromValues, "////"}}}, {To: 3, Call: 0}},
			Nodes: []Node{{File: "x", TplLine: -4}}, Calls: []Call{{Node: 5, Up: 0}}},
		{Spans: []Span{{To: 2, Call: 0, Node: 0}}, Nodes: []Node{{File: "x"}}, Calls: []Call{{Node: 0, Up: 0, What: "x"}}},
	} {
		a := NewAttribution(in, Text{Template: "templates/x.yaml", Rendered: []byte("a: 1\nb: [c, d]\n"), Trace: trace})
		for line := -1; line < 5; line++ {
			for column := -1; column < 12; column++ {
				a.Locate("/b/1", at(line, column))
				a.Locate("/a", at(line, column))
			}
		}
	}
}
