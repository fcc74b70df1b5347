package helm

import "strings"

// line is one line of a piece without the blanks around it.
type line struct {
	piece    *piece
	from, to int
	used     bool
}

// place tells which parts of a text come out of the pieces that went into it, line by line: an
// action like {{ include "labels" . | nindent 4 }} moves lines, it does not write them. What
// none of the pieces has is the action's own.
func place(b *builder, text string, pieces []*piece, own span) {
	if text == "" {
		return
	}
	for _, p := range pieces {
		if p.text == text {
			b.splice(p, 0, len(text))
			return
		}
	}
	known := knownLines(pieces)
	for text != "" {
		end := strings.IndexByte(text, '\n') + 1
		if end == 0 {
			end = len(text)
		}
		placeLine(b, text[:end], pieces, known, own)
		text = text[end:]
	}
}

func placeLine(b *builder, text string, pieces []*piece, known map[string][]*line, own span) {
	trimmed := strings.TrimSpace(text)
	at := strings.Index(text, trimmed)
	if l := next(known[trimmed]); l != nil && trimmed != "" {
		b.add(text[:at], own)
		b.splice(l.piece, l.from, l.to)
		b.add(text[at+len(trimmed):], own)
		return
	}
	for len(text) > 0 { // single-line pieces within the line, in order
		var first *line
		where := -1
		for _, p := range pieces {
			l := trimmedPiece(p)
			if l == nil {
				continue
			}
			if i := strings.Index(text, p.text[l.from:l.to]); i >= 0 && (where < 0 || i < where) {
				first, where = l, i
			}
		}
		if first == nil {
			break
		}
		b.add(text[:where], own)
		b.splice(first.piece, first.from, first.to)
		text = text[where+first.to-first.from:]
	}
	b.add(text, own)
}

// next prefers lines that were not placed yet, so that repeated lines keep their order.
func next(lines []*line) *line {
	for _, l := range lines {
		if !l.used {
			l.used = true
			return l
		}
	}
	if len(lines) > 0 {
		return lines[0]
	}
	return nil
}

func knownLines(pieces []*piece) map[string][]*line {
	known := map[string][]*line{}
	for _, p := range pieces {
		for from := 0; from < len(p.text); {
			end := strings.IndexByte(p.text[from:], '\n')
			if end < 0 {
				end = len(p.text) - from
			}
			text := p.text[from : from+end]
			if trimmed := strings.TrimSpace(text); trimmed != "" {
				at := from + strings.Index(text, trimmed)
				known[trimmed] = append(known[trimmed], &line{piece: p, from: at, to: at + len(trimmed)})
			}
			from += end + 1
		}
	}
	return known
}

// trimmedPiece is a piece that is one line, long enough to be found again within another.
func trimmedPiece(p *piece) *line {
	trimmed := strings.TrimSpace(p.text)
	if len(trimmed) < 3 || strings.Contains(trimmed, "\n") {
		return nil
	}
	at := strings.Index(p.text, trimmed)
	return &line{piece: p, from: at, to: at + len(trimmed)}
}
