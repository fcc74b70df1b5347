package helm

import (
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/mesh"
)

// scalar is one value of a rendered document with the place that a caller asks about.
type scalar struct {
	path string
	at   mesh.Position
	node *yaml.Node
}

// scalars lists the scalars whose key or element stands in a line of the rendered text.
func scalars(a *Attribution, line int) (out []scalar) {
	d := a.document(line)
	var walk func(n *yaml.Node, path string, at *yaml.Node)
	walk = func(n *yaml.Node, path string, at *yaml.Node) {
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				walk(n.Content[i+1], path+"/"+escapeToken(n.Content[i].Value), n.Content[i])
			}
		case yaml.SequenceNode:
			for i, e := range n.Content {
				walk(e, path+"/"+strconv.Itoa(i), e)
			}
		case yaml.ScalarNode:
			if at != nil && d.line+at.Line-1 == line {
				out = append(out, scalar{path, mesh.Position{File: "rendered", Line: line, Column: at.Column, Path: path}, n})
			}
		}
	}
	if d.root != nil {
		walk(d.root, "", nil)
	}
	return out
}

func at(line, column int) mesh.Position { return mesh.Position{Line: line, Column: column} }
