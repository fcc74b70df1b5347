package report

import (
	"bytes"
	"cmp"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Line returns the text of a line of an input, or false if it cannot be shown. Several goroutines may ask at a time.
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
	shown := groups(r.Findings)
	p.groups(shown)
	p.unreadable()
	if len(shown) == 0 {
		p.clean()
	}
	p.suppressed()
	p.space()
	weak, safe := split(r.survival, p.names)
	p.survivalTable(r.survival, weak, safe, p.names)
	p.space()
	p.patternList(r, weak, p.names)
	p.space()
	p.record()
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

// groups writes what was found, on all cores: a few groups at a time into a text of their own, and these in their order.
func (p *printer) groups(list [][]*Finding) {
	parts := slices.Collect(slices.Chunk(list, 16))
	texts := make([]bytes.Buffer, len(parts))
	parallel(len(parts), func(i int) {
		one := *p
		one.pen = newPen(&texts[i], p.t)
		for _, g := range parts[i] {
			one.group(g)
		}
		_ = one.flush() // a text in memory takes it all
	})
	for i := range texts {
		p.space()
		_, _ = texts[i].WriteTo(p.w) // flush tells what goes wrong
		p.open = true
	}
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
		place = printable(p.t.shorten(resourceName(f.Resource), longestPlace))
	}
	p.line(p.t.paint(levelColor[f.Level], f.Level+" "+f.Rule) + "  " + place)
	p.paragraph("  ", f.Message)
	p.snippet(at)
	for _, v := range at.Via {
		from := mesh.Position{File: v.File, Line: v.Line, Column: v.Column}
		p.line("  " + p.t.paint(dim, "via") + " " + p.t.position(from) + " " + printable(p.t.shorten(v.What, longestPlace)))
	}
	for _, r := range f.Related {
		if there := r.Position.At(); there.IsZero() || there.Compare(at) != 0 {
			p.related(r)
		}
	}
	if n := f.spoilt(); n > 0 {
		worst := ""
		if f.Scenario != "" && f.Scenario != "none" {
			worst = ", the worst under " + printable(p.t.shorten(f.Scenario, longestPlace)) + ", " + f.Fault
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
		at := mesh.Position{File: u.File, Line: u.Line, Column: u.Column}
		p.line("  " + p.t.paint(levelColor["error"], p.t.position(at)))
		p.paragraph("    ", u.Message)
	}
}
