package report

import (
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Markdown renders the Markdown that our pages are written in for a terminal: headings, paragraphs, lists, tables and
// fenced blocks. Blocks keep their lines, so that they can be copied; all else is wrapped.
func Markdown(w io.Writer, t Terminal, text string) error {
	m := &markdown{pen: newPen(w, t)}
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		m.take(strings.TrimRight(line, " \r"))
	}
	m.end()
	return m.flush()
}

// markdown collects the lines of one block at a time.
type markdown struct {
	*pen
	fenced bool
	prose  []string   // lines of the paragraph or list item that is open
	item   bool       // it is a list item
	table  [][]string // rows of the table that is open, the head first
}

func (m *markdown) take(line string) {
	switch {
	case strings.HasPrefix(line, "```"):
		m.end()
		m.fenced = !m.fenced
		if m.fenced {
			m.space()
		}
	case m.fenced:
		m.code(line)
	case line == "" || strings.HasPrefix(line, "<!--"):
		m.end()
		m.space()
	case strings.HasPrefix(line, "#"):
		m.end()
		m.space()
		m.line(m.t.paint(bold, printable(strings.TrimLeft(line, "# "))))
		m.space()
	case strings.HasPrefix(line, "|"):
		if m.prose != nil {
			m.end()
		}
		m.table = append(m.table, cells(line))
	case strings.HasPrefix(line, "- "):
		m.end()
		m.prose, m.item = []string{line[2:]}, true
	default:
		m.prose = append(m.prose, strings.TrimSpace(line))
	}
}

// end writes the block that is open.
func (m *markdown) end() {
	if m.prose != nil {
		head := ""
		if m.item {
			head = m.t.glyph("• ", "- ")
		}
		m.inline(head, strings.Join(m.prose, " "))
	}
	if m.table != nil {
		m.grid(m.table)
	}
	m.prose, m.item, m.table = nil, false, nil
}

// code writes a line of a fenced block; what a comment in it says about a finding stands out.
func (m *markdown) code(line string) {
	text, mark, marked := strings.Cut(printable(line), "# <-")
	if marked {
		mark = m.t.paint(red, "# <-"+mark)
	}
	m.line("    " + m.t.paint(cyan, text) + mark)
}

var escapedBar = strings.NewReplacer(`\|`, "\x00")

// cells are the texts of a row.
func cells(line string) []string {
	list := strings.Split(strings.Trim(escapedBar.Replace(line), "|"), "|")
	for i, c := range list {
		list[i] = strings.ReplaceAll(strings.TrimSpace(c), "\x00", "|")
	}
	return list
}

// grid writes a table: columns aligned, the last one wrapped.
func (m *markdown) grid(rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i := range min(len(r), len(widths)) {
			if !strings.HasPrefix(r[i], "---") {
				widths[i] = max(widths[i], visible(spansOf(r[i])))
			}
		}
	}
	last := len(widths) - 1
	for n, r := range rows {
		if strings.HasPrefix(r[0], "---") || n == 0 && strings.Join(r, "") == "" {
			continue
		}
		head, length := "  ", 2
		for i := range min(len(r), last) {
			spans := spansOf(r[i])
			head += m.paintAll(spans, n == 0) + strings.Repeat(" ", widths[i]-visible(spans)+2)
			length += widths[i] + 2
		}
		text := ""
		if len(r) > last {
			text = r[last]
		}
		m.hanging(head, length, spansOf(text), n == 0)
	}
}

// inline writes a paragraph after head.
func (m *markdown) inline(head, text string) {
	m.hanging(head, utf8.RuneCountInString(head), spansOf(text), false)
}

// hanging writes wrapped text after head, which is length characters wide, and its further lines below the first.
func (m *markdown) hanging(head string, length int, spans []span, strong bool) {
	room := max(m.t.width()-length, 20)
	var line []span
	used := 0
	write := func() {
		m.line(head + m.paintAll(line, strong))
		head, line, used = strings.Repeat(" ", length), nil, 0
	}
	for _, word := range wordsOf(spans) {
		n := visible(word)
		if used > 0 && used+1+n > room {
			write()
		}
		if used > 0 {
			line, used = append(line, span{" ", plain}), used+1
		}
		line, used = append(line, word...), used+n
	}
	write()
}

func (m *markdown) paintAll(spans []span, strong bool) string {
	var b strings.Builder
	for _, s := range spans {
		color := s.color
		if strong {
			color = bold
		}
		b.WriteString(m.t.paint(color, printable(s.text)))
	}
	return b.String()
}

func visible(spans []span) (n int) {
	for _, s := range spans {
		n += utf8.RuneCountInString(s.text)
	}
	return n
}

// A stretch of text that is set apart: code, strong text, or a link.
var apart = regexp.MustCompile("`([^`]+)`" + `|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)]+)\)`)

// spansOf takes the marks out of a text. A link of the web keeps its address, one inside the repository its text.
func spansOf(text string) []span {
	var spans []span
	at := 0
	for _, m := range apart.FindAllStringSubmatchIndex(text, -1) {
		if m[0] > at {
			spans = append(spans, span{text[at:m[0]], plain})
		}
		switch {
		case m[2] >= 0:
			spans = append(spans, span{text[m[2]:m[3]], cyan})
		case m[4] >= 0:
			spans = append(spans, span{text[m[4]:m[5]], bold})
		default:
			spans = append(spans, span{text[m[6]:m[7]], plain})
			if url := text[m[8]:m[9]]; strings.HasPrefix(url, "https://") {
				spans = append(spans, span{" " + url, dim})
			}
		}
		at = m[1]
	}
	if at < len(text) {
		spans = append(spans, span{text[at:], plain})
	}
	return spans
}

// wordsOf divides spans at spaces. A word may have several colours.
func wordsOf(spans []span) [][]span {
	var words [][]span
	var word []span
	for _, s := range spans {
		for i, part := range strings.Split(s.text, " ") {
			if i > 0 && word != nil {
				words, word = append(words, word), nil
			}
			if part != "" {
				word = append(word, span{part, s.color})
			}
		}
	}
	if word != nil {
		words = append(words, word)
	}
	return words
}
