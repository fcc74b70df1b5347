package source

import (
	"bytes"

	"go.yaml.in/yaml/v3"
)

// span is where an item of a List stands in the text of the List: from its first key, behind
// the dash, to the next item.
type span struct {
	start, end   int
	line, column int // of start, in the text
}

// itemTexts cuts the items of a block-style List out of its text, so that locating a value in
// one of ten thousand items does not build the tree of all. It returns nil if the items cannot
// stand alone; they are then located in the tree of the List.
func (t *text) itemTexts(base string) []*text {
	spans := t.items
	if spans == nil && !t.json && t.column == 1 && bytes.IndexByte(t.raw, '&') < 0 {
		spans = t.itemSpans(base)
	}
	if base != "/items" && base != "" {
		return nil
	}
	out := make([]*text, len(spans))
	for i, s := range spans {
		out[i] = &text{raw: t.raw[s.start:s.end:s.end], line: t.line + s.line - 1, column: s.column, plain: t.plain}
	}
	return out
}

func (t *text) itemSpans(base string) []span {
	root := t.tree()
	if root == nil || len(t.breaks) > 0 {
		return nil
	}
	_, list, found := descend(root, base)
	if found != base || list.Kind != yaml.SequenceNode || list.Style&yaml.FlowStyle != 0 {
		return nil
	}
	lines := lineStarts(t.raw)
	out := make([]span, 0, len(list.Content))
	for i, n := range list.Content {
		if n.Kind != yaml.MappingNode || n.Style != 0 || n.Line > len(lines) {
			return nil
		}
		last := len(lines)
		if i+1 < len(list.Content) {
			last = list.Content[i+1].Line - 1
		}
		end := n.Line // lines[end] is the first line that is not the item's
		for end < last && !endsItem(t.raw[lines[end]:], n.Column-1) {
			end++
		}
		stop := len(t.raw)
		if end < len(lines) {
			stop = lines[end]
		}
		start := lines[n.Line-1] + n.Column - 1 // nothing but blanks and dashes stands before it
		out = append(out, span{start: start, end: stop, line: n.Line, column: n.Column})
	}
	return out
}

// endsItem reports whether a line cannot belong to an item indented by indent columns.
func endsItem(line []byte, indent int) bool {
	for i, b := range line {
		switch {
		case b == ' ':
			continue
		case b == '\n' || b == '\r' || b == '#':
			return false
		}
		return i < indent
	}
	return false
}

func lineStarts(raw []byte) []int {
	starts := []int{0}
	for i, b := range raw {
		if b == '\n' && i+1 < len(raw) {
			starts = append(starts, i+1)
		}
	}
	return starts
}
