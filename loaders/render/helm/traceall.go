package helm

import (
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
)

// trace runs all templates once more, instrumented, and tells for each of the rendered texts
// where it comes from.
func (r *renderer) trace(rendered map[string]string) map[string]Trace {
	texts, names, owners := map[string]string{}, r.shownNames(), map[string]*chart.Chart{}
	eachChart(r.chart, func(c *chart.Chart) {
		for _, t := range c.Templates {
			if strings.EqualFold(c.Metadata.Type, "library") && !strings.HasPrefix(path.Base(t.Name), "_") {
				continue
			}
			name := path.Join(c.ChartFullPath(), t.Name)
			texts[name], owners[name] = string(t.Data), c
		}
	})
	order := engineOrder(texts)
	pieces := map[string]*piece{}
	tr, err := newTracer(texts, names, order)
	if err == nil {
		r.fill(tr)
		if data, err := r.dataOf(); err == nil {
			r.registerAll(tr, data)
			for _, name := range order {
				own := data[owners[name].ChartFullPath()]
				if strings.HasPrefix(path.Base(name), "_") || own == nil {
					continue
				}
				own["Template"] = chartutil.Values{"Name": name, "BasePath": path.Join(owners[name].ChartFullPath(), "templates")}
				if len(texts[name]) > maxTracedTemplate || len(rendered[name]) > maxTracedText {
					continue
				}
				if p, err := tr.run(name, own); err == nil {
					pieces[name] = p
				}
			}
		}
	}
	traces := map[string]Trace{}
	for name, text := range rendered {
		var calls []traceCall
		if tr != nil {
			calls = tr.calls
		}
		traces[name] = wire(aligned(text, pieces[name], origin{file: names[name], text: texts[name]}), calls)
	}
	return traces
}

// engineOrder is the order in which Helm parses and renders: the deepest first, then from Z to A.
func engineOrder(texts map[string]string) []string {
	order := sortedNames(texts)
	slices.Reverse(order)
	slices.SortStableFunc(order, func(a, b string) int { return strings.Count(b, "/") - strings.Count(a, "/") })
	return order
}

// fill tells the tracer of the chart's files.
func (r *renderer) fill(tr *tracer) {
	for _, f := range r.files {
		if len(f.data) > maxTracedTemplate {
			continue
		}
		tr.files[f.shown()] = string(f.data)
		if len(f.data) > 0 && !strings.Contains(f.name, "templates/") {
			tr.byText[string(f.data)] = f.shown()
		}
	}
}

// registerAll makes the objects of all charts known to the tracer.
func (r *renderer) registerAll(tr *tracer, data map[string]map[string]any) {
	for _, full := range slices.Sorted(keysOf(data)) {
		prefix := chartPrefix(r.chart.ChartFullPath(), full)
		tr.register(data[full], spot{spotData, prefix})
	}
	if root := data[r.chart.ChartFullPath()]; root != nil {
		tr.register(root["Values"], spot{spotValues, ""})
	}
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// chartPrefix turns "root/charts/a/charts/b" into the JSON pointer of its values: "/a/b".
func chartPrefix(root, full string) string {
	rest, prefix := strings.TrimPrefix(full, root), ""
	for strings.HasPrefix(rest, "/charts/") {
		name, tail, more := strings.Cut(rest[len("/charts/"):], "/")
		prefix += "/" + escapeToken(name)
		if rest = ""; more {
			rest = "/" + tail
		}
	}
	return prefix
}

// aligned is the piece of a rendered text. What the instrumented render wrote differently, or did
// not write at all, is matched line by line, and belongs to the nearest place that is known.
func aligned(text string, traced *piece, file origin) *piece {
	if traced != nil && traced.text == text {
		return traced
	}
	near := span{site: &site{origin: file, scope: -1}, call: -1, near: true}
	var b builder
	switch {
	case traced == nil && len(file.text) > maxTracedTemplate || len(text) > maxTracedText:
		b.add(text, near)
	case traced == nil:
		var whole builder
		whole.add(file.text, span{site: &site{origin: file, literal: true, scope: -1}, call: -1})
		place(&b, text, []*piece{whole.piece()}, near)
	default:
		alignLines(&b, text, traced, near)
	}
	p := b.piece()
	for i := range p.spans { // own lines take the place of what stands above them
		if s := &p.spans[i]; s.site == near.site && i > 0 {
			at := p.spans[i-1]
			s.site, s.skip, s.call = at.site, at.skip, at.call
		}
	}
	return p
}

// alignLines pairs the lines of two renders of one template.
func alignLines(b *builder, text string, traced *piece, near span) {
	want, have := strings.SplitAfter(text, "\n"), strings.SplitAfter(traced.text, "\n")
	from, end := shared(want, have)
	starts := make([]int, len(have)+1)
	for i, l := range have {
		starts[i+1] = starts[i] + len(l)
	}
	paired := len(want) == len(have)
	for i, l := range want {
		j := i
		if i >= len(want)-end {
			j = i - len(want) + len(have)
		}
		switch {
		case l == "":
		case i < from || i >= len(want)-end || paired && l == have[j]:
			b.splice(traced, starts[j], starts[j+1])
		case paired && len(traced.spans) > 0 && have[j] != "":
			pairLine(b, l, have[j], traced, starts[j])
		default:
			b.add(l, near)
		}
	}
}

// pairLine takes over what two renders of a line have in common; the rest belongs to what wrote
// it in the other one.
func pairLine(b *builder, want, have string, traced *piece, start int) {
	from, end := shared([]rune(want), []rune(have))
	head, tail := len(string([]rune(want)[:from])), len(string([]rune(want)[len([]rune(want))-end:]))
	own := traced.spans[traced.at(min(start+head, start+len(have)-1))]
	own.near, own.reads = true, nil
	b.splice(traced, start, start+head)
	b.add(want[head:len(want)-tail], own)
	b.splice(traced, start+len(have)-tail, start+len(have))
}

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
