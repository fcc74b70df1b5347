package helm

import (
	"path"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/mesh"
)

// share counts how values were attributed.
type share struct{ values, literal, action, near, packed int }

func (s share) all() int { return s.values + s.literal + s.action + s.near + s.packed }

// TestEveryScalarIsWhereItsPositionSays holds for all examples: the position of a scalar is a
// line of a file of the input. In a values file or Chart.yaml that line says what was rendered, in
// a template it holds the text, or an action.
func TestEveryScalarIsWhereItsPositionSays(t *testing.T) {
	var total share
	for _, e := range examples(t) {
		out, err := Render(t.Context(), e.in)
		if err != nil {
			t.Fatalf("%s: %v", e.name, err)
		}
		var s share
		for _, text := range out.Texts {
			hold(t, e.in, text, &s)
		}
		t.Logf("%-12s %3d scalars: %3d in values, %3d literal, %2d made by an action, %d nearest, %d packed",
			e.name, s.all(), s.values, s.literal, s.action, s.near, s.packed)
		total = share{total.values + s.values, total.literal + s.literal, total.action + s.action, total.near + s.near, total.packed + s.packed}
	}
	exact := total.values + total.literal
	t.Logf("%d of %d exact (value or literal text), %d more at the action that made them, %d nearest",
		exact, total.all(), total.action, total.near)
	if exact*100 < total.all()*80 || (exact+total.action+total.packed)*100 < total.all()*95 {
		t.Errorf("too few exact positions: %+v", total)
	}
}

// hold checks every scalar of one text.
func hold(t *testing.T, in Input, text Text, s *share) {
	t.Helper()
	a := NewAttribution(in, text)
	for line := 1; line <= len(a.lines); line++ {
		for _, sc := range scalars(a, line) {
			p := a.Locate(sc.path, sc.at)
			if p.Path != sc.path {
				t.Errorf("%s: path %s became %s", text.Template, sc.path, p.Path)
			}
			if p.Line == 0 {
				if path.Ext(p.File) != ".tgz" {
					t.Errorf("%s %s: no line: %v", text.Template, sc.path, p)
				}
				s.packed++
				continue
			}
			content, isValues, ok := lineOf(in, p)
			switch {
			case !ok:
				t.Errorf("%s %s: %v is no line of the input", text.Template, sc.path, p)
			case len(p.Via) > 0 && p.Via[len(p.Via)-1].What == inRendered:
				s.near++
			case isValues && !valueStandsAt(in, p, sc.node, content):
				t.Errorf("%s %s = %q: %v says %q", text.Template, sc.path, sc.node.Value, p, content)
			case isValues:
				s.values++
			case holdsText(content, sc.node):
				s.literal++
			case strings.Contains(content, "{{") || strings.Contains(content, "}}"):
				s.action++
			default:
				t.Errorf("%s %s = %q: %v holds neither the text nor an action: %q", text.Template, sc.path, sc.node.Value, p, content)
			}
		}
	}
}

// lineOf is the line that a position points at.
func lineOf(in Input, p mesh.Position) (line string, isValues, ok bool) {
	var data []byte
	for _, f := range in.Values {
		if f.Name == p.File {
			data, isValues, ok = f.Data, true, true
		}
	}
	for _, f := range in.Files {
		if path.Join(in.Chart, f.Name) == p.File {
			data, ok = f.Data, true
			isValues = slices.Contains([]string{"values.yaml", "Chart.yaml"}, path.Base(f.Name))
		}
	}
	lines := strings.Split(string(data), "\n")
	if !ok || p.Line < 1 || p.Line > len(lines) {
		return "", false, false
	}
	line = lines[p.Line-1]
	return line, isValues, p.Column >= 1 && p.Column <= len([]rune(line))+1
}

// valueStandsAt looks for a node at the position whose value, or whose key, is what was rendered.
func valueStandsAt(in Input, p mesh.Position, want *yaml.Node, line string) bool {
	if strings.Contains(line, "{{") || strings.TrimSpace(line) == strings.TrimSpace(want.Value) {
		return true // a value that tpl rendered
	}
	var data []byte
	for _, f := range in.Values {
		if f.Name == p.File {
			data = f.Data
		}
	}
	for _, f := range in.Files {
		if path.Join(in.Chart, f.Name) == p.File {
			data = f.Data
		}
	}
	found := false
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		for i, c := range n.Content {
			if c.Line == p.Line && c.Column == p.Column {
				found = found || c.Value == want.Value || equalScalar(c, want)
				if n.Kind == yaml.MappingNode && i%2 == 0 {
					found = found || equalScalar(n.Content[i+1], want)
				}
			}
			walk(c)
		}
	}
	if root := nodeTree(data); root != nil {
		walk(root)
	}
	return found || holdsText(line, want) // a line of a block of text
}

func holdsText(line string, n *yaml.Node) bool {
	first, _, _ := strings.Cut(n.Value, "\n")
	return strings.Contains(line, first) && (first != "" || !strings.Contains(line, "{{"))
}
