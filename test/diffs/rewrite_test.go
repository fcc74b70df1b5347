package diffs

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// rewriting writes a state in another way that means the same. Templates, charts and values keep their names and their notation.
type rewriting struct {
	name string
	file func(t *testing.T, name, text string) string
	move func(name string) string
}

// rewritings change the form alone.
var rewritings = []rewriting{
	{name: "keys sorted backwards", file: nodes(4, func(n *yaml.Node) { reverseKeys(n) })},
	{name: "indentation of six", file: nodes(6, func(*yaml.Node) {})},
	{name: "quotes", file: nodes(2, func(n *yaml.Node) { quote(n, yaml.DoubleQuotedStyle) })},
	{name: "flow", file: nodes(2, func(n *yaml.Node) {
		for _, c := range n.Content {
			flow(c, 0)
		}
	})},
	{name: "comments", file: func(_ *testing.T, _, text string) string {
		lines := strings.SplitAfter(text, "\n")
		var b strings.Builder
		b.WriteString("# A comment in front of it all.\n")
		for i, l := range lines {
			if i > 0 && strings.HasPrefix(l, "kind:") {
				b.WriteString("# A comment in between.\n\n")
			}
			b.WriteString(l)
		}
		return b.String()
	}},
	{name: "documents backwards", file: func(_ *testing.T, _, text string) string {
		parts := strings.Split("\n"+strings.TrimPrefix(text, "---\n"), "\n---\n")
		slices.Reverse(parts)
		for i := range parts {
			parts[i] = strings.Trim(parts[i], "\n")
		}
		return strings.Join(parts, "\n---\n") + "\n"
	}},
	{name: "line ends", file: func(_ *testing.T, _, text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }},
	{name: "moved", move: func(name string) string {
		return path.Join(path.Dir(name), "zz", "moved-"+strings.TrimSuffix(path.Base(name), ".yaml")+".yml")
	}},
}

// nodes decodes every document, changes it and encodes it again.
func nodes(indent int, change func(*yaml.Node)) func(*testing.T, string, string) string {
	return func(t *testing.T, name, text string) string {
		t.Helper()
		in := yaml.NewDecoder(strings.NewReader(text))
		var out bytes.Buffer
		enc := yaml.NewEncoder(&out)
		enc.SetIndent(indent)
		for {
			var n yaml.Node
			err := in.Decode(&n)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			change(&n)
			if err := enc.Encode(&n); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if err := enc.Close(); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
}

// reverseKeys turns the order of all keys around, but where an alias needs its anchor before it.
func reverseKeys(n *yaml.Node) {
	for _, c := range n.Content {
		reverseKeys(c)
	}
	if n.Kind != yaml.MappingNode || aliased(n) {
		return
	}
	for i, j := 0, len(n.Content)-2; i < j; i, j = i+2, j-2 {
		n.Content[i], n.Content[j] = n.Content[j], n.Content[i]
		n.Content[i+1], n.Content[j+1] = n.Content[j+1], n.Content[i+1]
	}
}

func aliased(n *yaml.Node) bool {
	return n.Anchor != "" || n.Kind == yaml.AliasNode || slices.ContainsFunc(n.Content, aliased)
}

// quote writes all texts in quotes.
func quote(n *yaml.Node, style yaml.Style) {
	for _, c := range n.Content {
		quote(c, style)
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		n.Style = style
	}
}

// flow writes what is deep inside on one line.
func flow(n *yaml.Node, depth int) {
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	for _, c := range n.Content {
		flow(c, depth+1)
	}
	if depth > 1 && (n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode) {
		n.Style |= yaml.FlowStyle
	}
}

// plain reports whether a file is read as YAML, by its name, and by nothing else.
func plain(name string) bool {
	return strings.HasSuffix(name, ".yaml") && !strings.Contains(name, "/templates/") && name != "faults.yaml"
}

// rewritten is a tree in another form.
func (w *rewriting) rewritten(t *testing.T, name string, files tree) tree {
	t.Helper()
	out := maps.Clone(files)
	for file, text := range files {
		if !plain(file) {
			continue
		}
		if w.file != nil {
			out[file] = w.file(t, file, text)
		}
		named := file == "muster.yaml" || strings.HasPrefix(name, "atlas") || slices.Contains([]string{"shop-helm", "shop-kustomize", "shop-argocd", "shop-alt"}, name) // by a config or a kustomization
		if w.move != nil && !named {
			delete(out, file)
			out[w.move(file)] = text
		}
	}
	return out
}

// A change of the form alone is no change.
func TestRewritingIsNoChange(t *testing.T) {
	n := 0
	for _, name := range slices.Concat(clean, broken) {
		files := treeOf(t, name)
		var base *state
		for _, w := range rewritings {
			if n++; n%16 != 0 && !*all {
				continue
			}
			if base == nil {
				base = load(t, filepath.Join(fleetsDir, name))
			}
			t.Run(name+"/"+w.name, func(t *testing.T) {
				t.Parallel()
				head := load(t, w.rewritten(t, name, files).write(t))
				r, d := compare(t, base, head)
				unchanged(t, r, d)
				r, d = compare(t, head, base)
				unchanged(t, r, d)
			})
		}
	}
}
