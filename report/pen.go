package report

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"
)

// pen writes text for one Terminal. Its writer keeps the first error until flush.
type pen struct {
	w *bufio.Writer
	t Terminal
	// open: something was written since the last empty line.
	open bool
}

func newPen(w io.Writer, t Terminal) *pen { return &pen{w: bufio.NewWriter(w), t: t} }

// line writes one line, without trailing spaces.
func (p *pen) line(s string) {
	p.w.WriteString(inert(strings.TrimRight(s, " ")))
	p.w.WriteByte('\n')
	p.open = true
}

// space leaves a line empty between two blocks.
func (p *pen) space() {
	if p.open {
		p.w.WriteByte('\n')
		p.open = false
	}
}

// paragraph writes wrapped text, its first line after head and the others below it.
func (p *pen) paragraph(head, text string) { p.painted(plain, head, text) }

// longestText is how many bytes of one text are shown: values of inputs may have any length.
const longestText = 8000

// painted writes a paragraph in one colour.
func (p *pen) painted(color, head, text string) {
	if len(text) > longestText {
		text = strings.ToValidUTF8(text[:longestText], "") + p.t.glyph("…", "...")
	}
	indent := utf8.RuneCountInString(head)
	for i, line := range wrap(printable(text), p.t.width()-indent) {
		if i > 0 {
			head = strings.Repeat(" ", indent)
		}
		p.line(head + p.t.paint(color, line))
	}
}

func (p *pen) flush() error { return p.w.Flush() }
