package helm

import (
	"strings"
	"unicode/utf8"
)

// wire makes what the parent process gets of a piece.
func wire(p *piece, calls []traceCall) Trace {
	var t Trace
	nodes, kept := map[Node]int{}, map[int]int{-1: -1}
	node := func(n Node) int {
		i, ok := nodes[n]
		if !ok {
			i = len(t.Nodes)
			nodes[n] = i
			t.Nodes = append(t.Nodes, n)
		}
		return i
	}
	var keep func(int) int
	keep = func(i int) int {
		at, ok := kept[i]
		if !ok && i >= 0 && i < len(calls) {
			up := keep(calls[i].up)
			at = len(t.Calls)
			kept[i] = at
			t.Calls = append(t.Calls, Call{Node: node(calls[i].site.node(0, false)), Up: up, What: calls[i].what})
		}
		return at
	}
	for _, s := range p.spans {
		literal := s.site.literal && !s.near
		t.Spans = append(t.Spans, Span{To: s.to, Node: node(s.site.node(s.skip, literal)), Call: keep(s.call), Near: s.near, Reads: s.reads})
	}
	return t
}

// node is the place of a site, or for literal text of a byte of it.
func (s *site) node(skip int, literal bool) Node {
	if s.baseLine == 0 {
		s.baseLine, s.baseColumn = s.place(s.offset)
	}
	n := Node{File: s.file, Literal: literal, TplLine: s.tplLine, Line: s.baseLine, Column: s.baseColumn}
	switch passed := s.text[min(s.offset, len(s.text)):min(s.offset+skip, len(s.text))]; {
	case s.tpl && s.kind == siteText:
		n.TplLine += strings.Count(passed, "\n")
	case s.literal:
		n.Line, n.Column = advance(n.Line, n.Column, passed)
	}
	return n
}

// advance moves a place, both one-based, past some text.
func advance(line, column int, text string) (int, int) {
	if i := strings.LastIndexByte(text, '\n'); i >= 0 {
		line, column, text = line+strings.Count(text, "\n"), 1, text[i+1:]
	}
	return line, column + utf8.RuneCountInString(text)
}
