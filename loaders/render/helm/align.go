package helm

import "strings"

// aligned is the piece of a rendered text. What the instrumented render wrote differently, or did
// not write at all, is matched line by line, and belongs to the nearest place that is known.
func aligned(text string, traced *piece, file origin) *piece {
	if traced != nil && traced.text == text {
		return traced
	}
	near := span{site: &site{origin: file, scope: -1}, call: -1, near: true}
	var b builder
	switch {
	case len(text) > maxTracedText || len(file.text) > maxTracedText:
		b.add(text, near)
	case traced == nil:
		var whole builder
		whole.add(file.text, span{site: &site{origin: file, literal: true, scope: -1}, call: -1})
		place(&b, text, []*piece{whole.piece()}, near)
	default:
		alignLines(&b, text, traced, near)
	}
	p := b.piece()
	for i := range p.spans {
		p.spans[i].near = p.spans[i].near || traced == nil // a line like it may stand elsewhere
	}
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
	once := onlyOnce(want[from:len(want)-end], have[from:len(have)-end])
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
			if at, ok := once[l]; ok {
				b.splice(traced, starts[from+at], starts[from+at+1])
			} else {
				b.add(l, near)
			}
		}
	}
}

// onlyOnce gives the lines that stand exactly once in both of two lists, with their index in the
// second.
func onlyOnce(a, b []string) map[string]int {
	count, at := map[string]int{}, map[string]int{}
	for _, l := range a {
		count[l]++
	}
	for i, l := range b {
		if _, again := at[l]; again {
			count[l] = 0
		}
		at[l] = i
	}
	for l := range at {
		if count[l] != 1 {
			delete(at, l)
		}
	}
	return at
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
