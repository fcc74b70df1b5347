package edit

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// insert puts an entry behind another one.
func (t *text) insert(n *yaml.Node, op Op) (Change, error) {
	if n.Kind != yaml.MappingNode {
		return Change{}, errors.New("it is no mapping")
	}
	if i, err := entryOf(n, op.Key); err != nil || i >= 0 {
		return Change{}, errors.Join(err, errors.New("there is such a key already"))
	}
	after := len(n.Content)/2 - 1
	for _, key := range slices.Backward(op.After) {
		if i, err := entryOf(n, key); err == nil && i >= 0 {
			after = i
		}
	}
	if !isFlow(n) {
		return t.insertLine(n, after, op)
	}
	s := t.flowStyle(n, after)
	return t.insertFlow(n, after, s, func(indent int) string {
		return scalar(op.Key, t.json) + s.colon + s.flow(op.Value, indent)
	})
}

// insertLine puts an entry of a block mapping on lines of its own.
func (t *text) insertLine(n *yaml.Node, after int, op Op) (Change, error) {
	if len(n.Content) == 0 || t.size <= t.start(n) {
		return Change{}, errExtent
	}
	indent := n.Content[0].Column - 1
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Column-1 != indent {
			return Change{}, errExtent
		}
	}
	end, err := t.entryEnd(n, after)
	if err != nil {
		return Change{}, err
	}
	s := t.blockStyle()
	_, object := op.Value.(Object)
	entry := s.block(op.Key, op.Value, indent)
	if object && t.flowBeside(n) {
		s.colon, s.comma = ": ", ", "
		entry = scalar(op.Key, false) + ": " + s.flow(op.Value, indent)
	}
	return t.newLine(end, s, strings.Repeat(" ", indent)+entry)
}

// newLine puts text on lines of its own, behind the line that holds an offset. What follows in that line may only be a
// comment.
func (t *text) newLine(end int, s style, lines string) (Change, error) {
	rest, next := t.line(end)
	if trimmed := bytes.TrimLeft(rest, " \t"); len(trimmed) > 0 && (trimmed[0] != '#' || len(trimmed) == len(rest)) {
		return Change{}, errExtent
	}
	if next == len(t.raw) && !bytes.HasSuffix(t.raw, []byte{'\n'}) {
		return Change{next, next, s.nl + lines}, nil
	}
	return Change{next, next, lines + s.nl}, nil
}

// entryEnd is the offset behind an entry's value.
func (t *text) entryEnd(n *yaml.Node, i int) (int, error) {
	key, value := n.Content[2*i], n.Content[2*i+1]
	if isEmpty(value) {
		return t.colon(key)
	}
	return t.end(value)
}

// flowBeside: the mappings beside a new entry are in flow style.
func (t *text) flowBeside(n *yaml.Node) bool {
	flow := false
	for i := 1; i < len(n.Content); i += 2 {
		v := n.Content[i]
		if v.Kind != yaml.MappingNode {
			continue
		}
		if !isFlow(v) {
			return false
		}
		flow = true
	}
	return flow
}

// append puts an item behind the last one of a list.
func (t *text) append(n *yaml.Node, value any) (Change, error) {
	if n.Kind != yaml.SequenceNode {
		return Change{}, errors.New("it is no list")
	}
	last := len(n.Content) - 1
	if isFlow(n) {
		s := t.flowStyle(n, last)
		return t.insertFlow(n, last, s, func(indent int) string { return s.flow(likeStrings(n, value, t), indent) })
	}
	if last < 0 {
		return Change{}, errExtent
	}
	end, err := t.end(n.Content[last])
	if err != nil {
		return Change{}, err
	}
	dash, ok := t.dash(n.Content[last])
	if !ok {
		return Change{}, errExtent
	}
	s := t.blockStyle()
	return t.newLine(end, s, strings.Repeat(" ", dash)+"- "+s.item(likeStrings(n, value, t), dash))
}

// verbatim is a scalar that is written as it stands.
type verbatim string

// likeStrings gives a string the quotes that its neighbours have.
func likeStrings(n *yaml.Node, value any, t *text) any {
	_, isText := value.(string)
	if !isText || len(n.Content) == 0 {
		return value
	}
	if last := n.Content[len(n.Content)-1]; last.Kind == yaml.ScalarNode {
		return verbatim(t.scalarLike(last, value))
	}
	return value
}

// insertFlow puts an entry or item behind number after of a collection in flow style; -1 = it is empty.
func (t *text) insertFlow(n *yaml.Node, after int, s style, entry func(indent int) string) (Change, error) {
	start, open := t.start(n), byte('{')
	if n.Kind == yaml.SequenceNode {
		open = '['
	}
	end, err := t.flowEnd(start)
	if err != nil || t.raw[start] != open {
		return Change{}, errExtent
	}
	if after < 0 {
		if len(bytes.TrimSpace(t.raw[start+1:end-1])) > 0 {
			return Change{}, errors.New("there is a comment in the empty brackets")
		}
		s.spread = false
		return Change{start + 1, end - 1, entry(0)}, nil
	}
	first, last := n.Content[after], n.Content[after]
	if n.Kind == yaml.MappingNode {
		first, last = n.Content[2*after], n.Content[2*after+1]
	}
	if isEmpty(last) {
		return Change{}, errExtent
	}
	at, err := t.end(last)
	if err != nil {
		return Change{}, err
	}
	indent, alone := t.leads(first)
	if !alone {
		return Change{at, at, s.comma + entry(len(indent))}, nil
	}
	line := s.nl + indent + entry(len(indent))
	rest, _ := t.line(at)
	trimmed := bytes.TrimLeft(rest, " \t")
	behind, comma := bytes.CutPrefix(trimmed, []byte{','})
	if comment := bytes.TrimLeft(behind, " \t"); len(comment) > 0 && comment[0] == '#' {
		if comma {
			return Change{at, at + len(rest), string(rest) + line + ","}, nil
		}
		return Change{at, at + len(rest), "," + string(rest) + line}, nil
	}
	return Change{at, at, "," + line}, nil
}

// leads returns what stands before a node in its line, if that is nothing but blanks.
func (t *text) leads(n *yaml.Node) (indent string, alone bool) {
	start := t.start(n)
	lead := t.raw[t.lines[n.Line-1]:start]
	if n.Line == 1 || len(bytes.Trim(lead, " \t")) > 0 {
		return strings.Repeat(" ", len(lead)), false
	}
	return string(lead), true
}
