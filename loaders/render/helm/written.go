package helm

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/mesh"
)

const (
	inRendered = "in the rendered template"
	viaSet     = "--set "
)

// spanAt is the span that holds an offset of the rendered text; the last one for its end.
func (a *Attribution) spanAt(offset int) int {
	spans := a.text.Trace.Spans
	i := sort.Search(len(spans), func(i int) bool { return spans[i].To > offset })
	return min(i, len(spans)-1)
}

func (a *Attribution) node(span int) Node {
	s := a.text.Trace.Spans[span]
	if s.Node < 0 || s.Node >= len(a.text.Trace.Nodes) {
		return Node{File: a.text.Template, Line: 1, Column: 1}
	}
	return a.text.Trace.Nodes[s.Node]
}

// sameRun reports whether one run of one action wrote all spans from one to the other.
func (a *Attribution) sameRun(first, last int) bool {
	if last < first {
		return false
	}
	spans := a.text.Trace.Spans
	for i := first + 1; i <= last; i++ {
		if spans[i].Node != spans[first].Node || spans[i].Call != spans[first].Call {
			return false
		}
	}
	return true
}

// maxEqual bounds how many nodes are compared to find out whether a mapping came from the values.
const maxEqual = 5_000

// written finds the value that an action printed, among those that it looked at: the first that
// says what was rendered. An action that prints a whole block (toYaml) is followed into the block.
func (a *Attribution) written(t target, span int) (mesh.Position, bool) {
	tail := a.tail(t, span)
	for _, r := range a.text.Trace.Spans[span].Reads {
		for _, h := range a.candidates(r, tail) {
			budget := maxEqual
			if h.says(t.value, &budget) {
				return a.ofHit(h, span), true
			}
			if p, ok := a.ofTpl(h, t, span); ok {
				return p, true
			}
		}
	}
	return mesh.Position{}, false
}

// tail is the part of the value's path that lies within what one action wrote.
func (a *Attribution) tail(t target, span int) (tail []string) {
	for i, s := range t.way {
		if a.spanAt(s.at) != span && !(a.sameRun(a.spanAt(s.at), span) && a.spanAt(s.at) <= span) {
			continue
		}
		for _, rest := range t.way[i:] {
			tail = append(tail, rest.token)
		}
		if at, err := strconv.Atoi(s.token); err == nil && s.peers != nil { // elements above it came from elsewhere
			first := slices.IndexFunc(s.peers, func(p int) bool { return a.spanAt(p) == a.spanAt(s.at) })
			tail[0] = strconv.Itoa(at - max(first, 0))
		}
		return tail
	}
	return nil
}

// candidates are the values that a read may have printed.
func (a *Attribution) candidates(r Read, tail []string) (hits []hit) {
	m := a.values()
	path := tokens(r.Path)
	switch r.Of {
	case FromChart:
		s, depth := m.at(path[:max(len(path)-1, 0)])
		if h, _ := s.chart.walk(slices.Concat(path[depth:], tail)); h.found() {
			hits = append(hits, h)
		}
	case FromKey:
		if h, ok := m.find(path); ok && h.key != nil && len(tail) == 0 {
			hits = append(hits, hit{layer: h.layer, key: h.key, value: h.key})
		}
	case FromValues:
		full := slices.Concat(path, tail)
		if h, ok := m.find(full); ok {
			hits = append(hits, h)
		} else if h, ok := m.moved(full); ok {
			hits = append(hits, h)
		}
		if len(tail) == 1 { // the key of a mapping that a range goes through, printed with its value
			if h, ok := m.find(path); ok && h.found() {
				hits = append(hits, h)
			}
		}
	}
	return hits
}

// says reports whether the value is what was rendered.
func (h hit) says(rendered *yaml.Node, budget *int) bool {
	if h.set != "" {
		var plain yaml.Node
		if safely(func() error { return plain.Encode(h.plain) }) != nil {
			return false
		}
		return equalNodes(&plain, rendered, budget)
	}
	return h.value != nil && equalNodes(h.value, rendered, budget)
}

// ofHit is the position of a value that a span printed.
func (a *Attribution) ofHit(h hit, span int) mesh.Position {
	at := a.template(span, -1)
	step := mesh.Via{File: at.File, Line: at.Line, Column: at.Column, What: "template"}
	if h.set != "" {
		step.What = viaSet + h.set
		at.Via = append(at.Via, step)
		return at
	}
	if n := len(at.Via); at.Line > 0 && (n == 0 || at.Via[n-1].Line != step.Line || at.Via[n-1].File != step.File || at.Via[n-1].Column != step.Column) {
		at.Via = append(at.Via, step)
	}
	p := mesh.Position{File: h.layer.shown, Line: h.key.Line, Column: h.key.Column, Via: at.Via}
	if !h.layer.values {
		p.File = a.in.file(h.layer.shown)
	}
	if h.layer.archive != "" {
		inside := mesh.Via{File: p.File, Line: p.Line, Column: p.Column, What: "in the packed chart"}
		p = mesh.Position{File: a.in.file(h.layer.archive), Via: append(p.Via, inside)}
	}
	return p
}

// place is where the byte at an offset of a span stands in its template.
func (a *Attribution) place(span, offset int) Node {
	n := a.node(span)
	if !n.Literal || offset < 0 {
		return n
	}
	from := 0
	if span > 0 {
		from = a.text.Trace.Spans[span-1].To
	}
	if to := min(offset, len(a.text.Rendered)); from <= to {
		n.Line, n.Column = advance(n.Line, n.Column, string(a.text.Rendered[from:to]))
	}
	return n
}

// template is the position of a span, or of the byte at an offset of it, in its template.
func (a *Attribution) template(span, offset int) mesh.Position {
	n := a.place(span, offset)
	s := a.text.Trace.Spans[span]
	p := mesh.Position{Via: a.calls(s.Call)}
	p.File, p.Line, p.Column = a.in.file(n.File), n.Line, n.Column
	if s.Near {
		p.Via = append(p.Via, mesh.Via{File: p.File, Line: p.Line, Column: p.Column, What: inRendered})
	}
	if archive, packed := a.archive(n.File); packed {
		inside := mesh.Via{File: p.File, Line: p.Line, Column: p.Column, What: "in the packed chart"}
		p = mesh.Position{File: archive, Via: append(p.Via, inside)}
	}
	return p
}

// archive is the packed subchart that holds a file.
func (a *Attribution) archive(name string) (string, bool) {
	for i := 0; ; {
		j := strings.Index(name[i:], ".tgz/")
		if j < 0 {
			return "", false
		}
		i += j + len(".tgz")
		if slices.ContainsFunc(a.in.Files, func(f File) bool { return f.Name == name[:i] }) {
			return a.in.file(name[:i]), true
		}
	}
}

// calls is the way from the outermost template to the one that a call runs.
func (a *Attribution) calls(call int) (via []mesh.Via) {
	calls := a.text.Trace.Calls
	for range len(calls) {
		if call < 0 || call >= len(calls) {
			break
		}
		c := calls[call]
		if c.Node < 0 || c.Node >= len(a.text.Trace.Nodes) {
			break
		}
		n := a.text.Trace.Nodes[c.Node]
		via = append(via, mesh.Via{File: a.in.file(n.File), Line: n.Line, Column: n.Column, What: c.What})
		call = c.Up
	}
	slices.Reverse(via)
	return via
}
