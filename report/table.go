package report

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// span is a piece of text in one colour.
type span struct{ text, color string }

// row is a line of a table: a name, and one entry per column. An entry may have several colours.
type row struct {
	name    string
	entries [][]span
}

// least is the least width of the column of names.
const least = 16

// table writes rows under a head whose first word stands above the names. Names are shortened to
// what the other columns leave of the line; entries stand in the middle of their columns.
func (p *pen) table(title string, columns []string, rows []row) {
	const indent = 2
	rest := 0
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = utf8.RuneCountInString(c)
		for _, r := range rows {
			widths[i] = max(widths[i], length(r.entries[i]))
		}
		rest += 2 + widths[i]
	}
	wide := utf8.RuneCountInString(title)
	for _, r := range rows {
		wide = max(wide, indent+utf8.RuneCountInString(r.name))
	}
	wide = min(wide, max(p.t.width()-rest, least))

	head := p.t.paint(bold, pad(title, wide))
	for i, c := range columns {
		head += "  " + p.t.paint(bold, pad(c, widths[i]))
	}
	p.line(head)
	for _, r := range rows {
		line := pad(strings.Repeat(" ", indent)+p.t.shorten(printable(r.name), wide-indent), wide)
		for i, entry := range r.entries {
			free := widths[i] - length(entry)
			left := max(0, min(free, (utf8.RuneCountInString(columns[i])-length(entry))/2))
			line += strings.Repeat(" ", 2+left)
			for _, s := range entry {
				line += p.t.paint(s.color, s.text)
			}
			line += strings.Repeat(" ", free-left)
		}
		p.line(line)
	}
}

// chunks splits columns so that each part fits the line beside names of a width.
func (p *pen) chunks(columns []string, names, entry int) [][]int {
	room := p.t.width() - min(names, p.t.width()/2)
	var list [][]int
	var part []int
	used := 0
	for i, c := range columns {
		w := 2 + max(utf8.RuneCountInString(c), entry)
		if used+w > room && part != nil {
			list = append(list, part)
			part, used = nil, 0
		}
		part = append(part, i)
		used += w
	}
	return append(list, slices.Clip(part))
}

func length(entry []span) (n int) {
	for _, s := range entry {
		n += utf8.RuneCountInString(s.text)
	}
	return n
}
