package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Line returns the text of a line of an input, or false if it cannot be shown.
type Line func(file string, line int) (text string, ok bool)

// Text writes the report for a person: findings by service, the most severe first, then what
// survives what, then one line that sums up. line may be nil.
func (r *Report) Text(w io.Writer, t Terminal, line Line) error {
	p := &printer{pen: newPen(w, t), snippets: line, report: r}
	ids := make([]string, len(r.Services))
	for i, s := range r.Services {
		ids[i] = s.ID
	}
	p.names = namesOf(ids)
	for _, g := range groups(r.Findings) {
		p.group(g)
	}
	p.unreadable()
	if len(r.Findings) == 0 {
		p.clean()
	}
	p.space()
	p.survivalTable(r.survival, p.names)
	p.space()
	p.summary()
	return p.flush()
}

// printer writes one report.
type printer struct {
	*pen
	snippets Line
	report   *Report
	names    names
}

// groups collects the findings of each service; the service with the most severe one comes
// first, and those of no service stand under "".
func groups(findings []Finding) [][]*Finding {
	index := map[string]int{}
	var list [][]*Finding
	for i := range findings {
		f := &findings[i]
		if f.Suppressed != nil {
			continue
		}
		at, ok := index[f.Service]
		if !ok {
			at = len(list)
			index[f.Service] = at
			list = append(list, nil)
		}
		list[at] = append(list[at], f)
	}
	for _, g := range list {
		slices.SortStableFunc(g, func(a, b *Finding) int {
			return cmp.Or(
				cmp.Compare(severity(a.Level), severity(b.Level)),
				a.Position.At().Compare(b.Position.At()),
				cmp.Compare(a.Rule, b.Rule))
		})
	}
	slices.SortStableFunc(list, func(a, b []*Finding) int {
		return cmp.Or(
			cmp.Compare(severity(a[0].Level), severity(b[0].Level)),
			cmp.Compare(errorCount(b), errorCount(a)),
			cmp.Compare(a[0].Service, b[0].Service))
	})
	return list
}

func severity(level string) int {
	for i, l := range [...]analyzer.Level{analyzer.Error, analyzer.Warning, analyzer.Note} {
		if string(l) == level {
			return i
		}
	}
	return 3
}

func errorCount(g []*Finding) (n int) {
	for _, f := range g {
		if f.Level == string(analyzer.Error) {
			n++
		}
	}
	return n
}

func (p *printer) group(g []*Finding) {
	p.space()
	title := "Configuration"
	if id := g[0].Service; id != "" {
		title = printable(p.names.of(id))
	}
	var n Summary
	for _, f := range g {
		n.add(f)
	}
	p.line(p.t.paint(bold, title) + "  " + p.t.paint(dim, n.levels()))
	for _, f := range g {
		p.finding(f)
	}
}

func (p *printer) finding(f *Finding) {
	p.space()
	at := f.Position.At()
	place := p.t.position(at)
	if at.IsZero() {
		place = printable(resourceName(f.Resource))
	}
	p.line(p.t.paint(levelColor[f.Level], f.Level+" "+f.Rule) + "  " + place)
	p.paragraph("  ", f.Message)
	p.snippet(at)
	for _, v := range at.Via {
		from := mesh.Position{File: v.File, Line: v.Line, Column: v.Column}
		p.line("  " + p.t.paint(dim, "via") + " " + p.t.position(from) + " " + printable(v.What))
	}
	for _, r := range f.Related {
		if there := r.Position.At(); there.IsZero() || there.Compare(at) != 0 {
			p.related(r)
		}
	}
	if n := len(f.Cells); n > 0 {
		worst := ""
		if f.Scenario != "" && f.Scenario != "none" {
			worst = ", the worst under " + printable(f.Scenario) + ", " + f.Fault
		}
		p.paragraph("  ", "spoils "+count(n, "cell")+" of the matrix"+worst)
	}
}

func (p *printer) related(r Related) {
	at := r.Position.At()
	if at.IsZero() {
		p.paragraph("  see ", r.Message)
		return
	}
	place := "  see " + p.t.position(at)
	length := 6 + utf8.RuneCountInString(at.String())
	if r.Message == "" {
		p.line(place)
		return
	}
	text := printable(r.Message)
	if length+2+utf8.RuneCountInString(text) <= p.t.width() {
		p.line(place + ": " + text)
		return
	}
	p.line(place + ":")
	p.paragraph("      ", text)
}

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
	r, g := []rune(line), []rune(gap)
	if len(r) <= width {
		return line, min(column, len(r)+1)
	}
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

func resourceName(r mesh.Resource) string {
	if r.Name == "" {
		return ""
	}
	name := r.Name
	if r.Namespace != "" {
		name = r.Namespace + "/" + name
	}
	name = strings.TrimSpace(r.Kind + " " + name)
	if r.Cluster != "" {
		name += " in " + r.Cluster
	}
	return name
}

func (p *printer) unreadable() {
	list := p.report.Inputs.Unreadable
	if len(list) == 0 {
		return
	}
	p.space()
	p.line(p.t.paint(bold, "Not read") + "  " + p.t.paint(dim, "what stands here is missing from the audit"))
	for _, u := range list {
		at := mesh.Position{File: u.File, Line: u.Line}
		p.line("  " + p.t.paint(levelColor["error"], p.t.position(at)))
		p.paragraph("    ", u.Message)
	}
}

// promises count what a scan had to hold services against.
type promises struct {
	services, declared, inferred, asked int
	kinds, faults                       []string
}

func promisesOf(services []*mesh.Service, cells []*failover.Cell) promises {
	p := promises{services: len(services)}
	for _, s := range services {
		switch {
		case s.Objective != nil:
			p.declared++
		case s.Intent.Declared():
			p.inferred++
		}
	}
	var asked [kinds]bool
	faults := map[failover.Fault]bool{}
	var last *mesh.Service
	for _, c := range cells {
		if c.Service != last {
			last = c.Service
			p.asked++
		}
		if k := kindOf(c.Scenario); k != today {
			asked[k] = true
			faults[c.Fault] = true
		}
	}
	for k := range kinds {
		if asked[k] {
			p.kinds = append(p.kinds, phrase(k))
		}
	}
	for _, f := range failover.Faults {
		if faults[f] {
			p.faults = append(p.faults, string(f))
		}
	}
	return p
}

// phrase names a kind in a sentence.
func phrase(k kind) string {
	if k == ownCopy {
		return "regional copy of a service"
	}
	return k.String()
}

// clean says that there is nothing to say, and what that rests on.
func (p *printer) clean() {
	p.space()
	n := p.report.promises
	mark, color := p.t.mark(failover.Survives)
	p.line(p.t.paint(color, mark) + " " + p.t.paint(bold, "No findings."))
	switch {
	case n.services == 0:
		p.paragraph("  ", "There is no service in the inputs.")
	case n.declared+n.inferred == 0:
		p.paragraph("  ", fmt.Sprintf("None of the %s declares an objective or shows an intent to survive a failure, so there was no promise to hold it to. "+
			"Declare objectives in muster.yaml, or see what would happen with muster matrix --all-services.", count(n.services, "service")))
	default:
		text := fmt.Sprintf("Of %s, %s", count(n.services, "service"), verb(n.declared, "declares an objective", "declare objectives"))
		if n.inferred > 0 {
			text += fmt.Sprintf(" and %s", verb(n.inferred, "shows intent by its configuration", "show intent by their configuration"))
		}
		text += "."
		if len(n.kinds) > 0 {
			text += fmt.Sprintf(" Asked of %d: the loss of any one %s, by %s.", n.asked, either(n.kinds), either(n.faults))
		}
		if c := p.report.Summary.Cells; c.Survives < c.Total() {
			text += fmt.Sprintf(" No promise covers the %s that %s not survive.", count(c.Total()-c.Survives, "cell"), plural(c.Total()-c.Survives, "does", "do"))
		}
		p.paragraph("  ", text)
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func verb(n int, one, many string) string { return fmt.Sprintf("%d %s", n, plural(n, one, many)) }

func either(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}

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
	parts := []string{
		r.Summary.levels(), r.Summary.Cells.String(),
		fmt.Sprintf("%s in %s", count(r.Inputs.Resources, "object"), count(r.Inputs.Files, "file")),
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
