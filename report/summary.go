package report

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// levels renders "2 errors, 1 warning".
func (s Summary) levels() string {
	var parts []string
	for _, l := range []struct {
		n    int
		what string
	}{{s.Error, "error"}, {s.Warning, "warning"}, {s.Note, "note"}} {
		if l.n > 0 {
			parts = append(parts, count(l.n, l.what))
		}
	}
	if s.Suppressed > 0 {
		parts = append(parts, fmt.Sprintf("%d suppressed", s.Suppressed))
	}
	if parts == nil {
		return "no findings"
	}
	return strings.Join(parts, ", ")
}

// String renders "312 cells: 300 survive, 8 degraded, 4 lost, 0 unknown".
func (c CellCounts) String() string {
	if c.Total() == 0 {
		return "no cells"
	}
	return fmt.Sprintf("%s: %d survive, %d degraded, %d lost, %d unknown", count(c.Total(), "cell"), c.Survives, c.Degraded, c.Lost, c.Unknown)
}

// summary is one line, broken between its parts where it does not fit.
func (p *printer) summary() {
	r := p.report
	color := green
	switch {
	case r.Summary.Error > 0:
		color = red
	case r.Summary.Warning > 0:
		color = yellow
	}
	parts := []string{r.Summary.levels()}
	if day := r.nextExpiry(); day != "" {
		parts = append(parts, "the next suppression expires after "+Printable(day))
	}
	parts = append(parts, r.Summary.Cells.String(),
		fmt.Sprintf("%s in %s", count(r.Inputs.Resources, "object"), count(r.Inputs.Files, "file")))
	if r.Summary.Drills != nil {
		parts = append(parts, r.Summary.Drills.String())
	}
	if n := len(r.Inputs.Unreadable); n > 0 {
		parts = append(parts, fmt.Sprintf("%d not read", n))
	}
	dot := " " + p.t.glyph("·", "|") + " "
	line := ""
	for i, part := range parts {
		joined := line + dot + part
		if i == 0 {
			joined = part
		} else if utf8.RuneCountInString(joined) > p.t.width() {
			p.line(p.headline(line, parts[0], color))
			joined = part
		}
		line = joined
	}
	p.line(p.headline(line, parts[0], color))
}

// headline paints the counts of findings at the start of a line.
func (p *printer) headline(line, counts, color string) string {
	if rest, ok := strings.CutPrefix(line, counts); ok {
		return p.t.paint("1;"+color, counts) + rest
	}
	return line
}
