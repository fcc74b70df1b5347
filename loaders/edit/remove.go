package edit

import (
	"bytes"
	"errors"

	"go.yaml.in/yaml/v3"
)

// remove takes an entry or item out. One that comments stand in, or the only one, stays: a comment says why somebody
// wrote it, and an empty collection is another value than none.
func (t *text) remove(s step) (Change, error) {
	size := 1
	if s.node.Kind == yaml.MappingNode {
		size = 2
	}
	if len(s.node.Content) == size {
		return Change{}, errors.New("it is the only one there")
	}
	first, last := s.node.Content[size*s.index], s.node.Content[size*s.index+size-1]
	if size == 2 {
		if err := plain(first); err != nil {
			return Change{}, err
		}
	}
	c, err := t.removal(s.node, size, s.index, first, last)
	if err != nil {
		return c, err
	}
	if hasComment(first) || hasComment(last) || bytes.IndexByte(t.raw[c.Start:c.End], '#') >= 0 {
		return Change{}, errors.New("a comment stands at it")
	}
	return c, nil
}

func (t *text) removal(n *yaml.Node, size, index int, first, last *yaml.Node) (Change, error) {
	start := t.start(first)
	end, err := t.end(last)
	if isEmpty(last) && size == 2 {
		end, err = t.colon(first)
	}
	if err != nil {
		return Change{}, err
	}
	if isFlow(n) {
		if index == 0 {
			return Change{start, t.start(n.Content[size]), ""}, nil
		}
		before, err := t.end(n.Content[size*index-1])
		return Change{before, end, ""}, err
	}
	if size == 1 {
		dash, ok := t.dash(first)
		if !ok {
			return Change{}, errExtent
		}
		start -= first.Column - 1 - dash
	}
	from := bytes.LastIndexByte(t.raw[:start], '\n') + 1
	rest, next := t.line(end)
	if from == 0 && t.column > 1 || len(bytes.Trim(t.raw[from:start], " ")) > 0 || len(bytes.TrimSpace(rest)) > 0 && bytes.TrimSpace(rest)[0] != '#' {
		return Change{}, errors.New("something else stands in its lines")
	}
	if next > t.size || from > 0 && next == len(t.raw) && t.raw[next-1] != '\n' {
		return Change{}, errors.New("it is the end of the file, which has no line break")
	}
	return Change{from, next, ""}, nil
}

// hasComment: a comment stands above or beside a node, or anywhere in it.
func hasComment(n *yaml.Node) bool {
	if n.HeadComment != "" || n.LineComment != "" {
		return true
	}
	for _, c := range n.Content {
		if hasComment(c) {
			return true
		}
	}
	return false
}
