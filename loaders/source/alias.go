package source

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// nodeProblem is something wrong with one node of a document.
type nodeProblem struct {
	node    *yaml.Node
	message string
}

// expansionProblem counts what the aliases of a document expand to, before anything expands
// them: a dozen lines can stand for billions of nodes.
func expansionProblem(t *text, limit int) *nodeProblem {
	if bytes.IndexByte(t.raw, '*') < 0 || bytes.IndexByte(t.raw, '&') < 0 {
		return nil
	}
	root := t.tree()
	if root == nil {
		return nil // the parser will say what is wrong
	}
	e := expansion{size: map[*yaml.Node]int{}, limit: limit}
	e.visit(root)
	return e.problem
}

type expansion struct {
	size    map[*yaml.Node]int // of anchored nodes, expanded; counting while they are being counted
	added   int                // nodes that aliases bring in
	limit   int
	problem *nodeProblem
}

const (
	counting = -1
	endless  = 1 << 40 // as good as: sizes stop growing here, so that sums do not overflow
)

// visit returns the number of nodes that n stands for. An alias stands behind its anchor in the
// text, so that the size of what it repeats is known, or it repeats a node it is part of.
func (e *expansion) visit(n *yaml.Node) int {
	if e.problem != nil {
		return 0
	}
	if n.Kind == yaml.AliasNode {
		size := e.size[n.Alias]
		if size == counting {
			e.problem = &nodeProblem{n, "the anchor " + quoteKey(n.Value) + " contains itself"}
			return 0
		}
		if e.added = min(e.added+size, endless); e.added > e.limit {
			e.problem = &nodeProblem{n, fmt.Sprintf("up to here, aliases repeat more than %d values; write them out", e.limit)}
		}
		return size
	}
	if n.Anchor != "" {
		e.size[n] = counting
	}
	size := 1
	for _, c := range n.Content {
		size = min(size+e.visit(c), endless)
	}
	if n.Anchor != "" {
		e.size[n] = size
	}
	return size
}
