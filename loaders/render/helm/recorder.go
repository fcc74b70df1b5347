package helm

import (
	"sort"
	"strings"
)

// span is a stretch of recorded text; it begins where the one before it ends.
type span struct {
	to    int
	site  *site
	skip  int // bytes between the site's first and the span's first, for literal text
	call  int
	near  bool
	reads []Read
	run   *activity
}

// piece is text with what wrote it.
type piece struct {
	text  string
	spans []span
}

// at is the index of the span that holds an offset.
func (p *piece) at(offset int) int {
	return min(sort.Search(len(p.spans), func(i int) bool { return p.spans[i].to > offset }), len(p.spans)-1)
}

// cut yields the spans of text[from:to], with ends relative to from.
func (p *piece) cut(from, to int) (out []span) {
	if from >= to || len(p.spans) == 0 {
		return nil
	}
	for i := p.at(from); i < len(p.spans); i++ {
		s, start := p.spans[i], 0
		if i > 0 {
			start = p.spans[i-1].to
		}
		if start >= to {
			break
		}
		s.skip += max(from-start, 0)
		s.to = min(s.to, to) - from
		out = append(out, s)
	}
	return out
}

// builder puts a text together from parts of others. What one run of an action writes in a row is
// one span.
type builder struct {
	text  strings.Builder
	spans []span
}

func (b *builder) add(text string, s span) {
	if text == "" {
		return
	}
	b.text.WriteString(text)
	s.to = b.text.Len()
	if n := len(b.spans); n > 0 && s.run != nil && b.spans[n-1].run == s.run && !s.site.literal {
		b.spans[n-1].to = s.to
		return
	}
	b.spans = append(b.spans, s)
}

// splice appends part of a piece.
func (b *builder) splice(p *piece, from, to int) {
	base := b.text.Len()
	b.text.WriteString(p.text[from:to])
	for _, s := range p.cut(from, to) {
		s.to += base
		b.spans = append(b.spans, s)
	}
}

func (b *builder) piece() *piece { return &piece{b.text.String(), b.spans} }

// without removes every occurrence of s.
func (p *piece) without(s string) *piece {
	if !strings.Contains(p.text, s) {
		return p
	}
	var b builder
	for from := 0; ; {
		i := strings.Index(p.text[from:], s)
		if i < 0 {
			b.splice(p, from, len(p.text))
			return b.piece()
		}
		b.splice(p, from, from+i)
		from += i + len(s)
	}
}
