package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/passmuster/muster/mesh"
)

// snippet shows the deciding line with a caret under the deciding column.
func (p *printer) snippet(at mesh.Position) {
	if p.snippets == nil || at.Line == 0 {
		return
	}
	text, ok := p.snippets(at.File, at.Line)
	if !ok {
		return
	}
	number := fmt.Sprintf("%5d", at.Line)
	bar := p.t.glyph("│", "|")
	line, caret := cut(printable(text), max(at.Column, 1), p.t.width()-len(number)-3, p.t.glyph("…", "..."))
	if strings.TrimSpace(line) == "" {
		return
	}
	p.line(p.t.paint(dim, number+" "+bar) + " " + line)
	p.line(p.t.paint(dim, strings.Repeat(" ", len(number)+1)+bar) + strings.Repeat(" ", caret) + p.t.paint("1;"+red, "^"))
}

// cut takes the part of a long line that shows the column, and the column in it, one-based; gap
// stands where something is missing.
func cut(line string, column, width int, gap string) (part string, at int) {
	if n := utf8.RuneCountInString(line); n <= width {
		return line, min(column, n+1)
	}
	r, g := []rune(line), []rune(gap)
	from := 0
	if column > width*3/4 {
		from = min(column-1-width/4, len(r)-width)
	}
	shown := slices.Clone(r[from:min(from+width, len(r))])
	if from > 0 {
		copy(shown, g)
	}
	if from+width < len(r) {
		copy(shown[len(shown)-len(g):], g)
	}
	return string(shown), min(column, len(r)+1) - from
}
