package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/passmuster/muster/analyzer/diff"
)

// How many entries a section of the text has, unless the diff is Verbose.
const (
	mostGroups   = 10
	mostMinor    = 3 // of what became slower, or is new and fails
	mostFindings = 8
	mostNames    = 6
)

// Text writes the diff for a person: the verdict, what is no longer proven and what is worse, new findings, changes of what
// muster judges by, and then the rest in short. Snippets of new findings are of the head.
func (d *Diff) Text(w io.Writer, t Terminal) error {
	p := &diffPrinter{printer: &printer{pen: newPen(w, t), snippets: d.headLine, report: &Report{}, names: d.serviceNames()}, d: d, told: map[string]bool{}}
	p.verdict()
	p.shortfalls()
	p.section(unprovenSection)
	p.section(worseSection)
	p.findings("New findings", "the base does not have these", d.Findings.New)
	p.findings("More severe than before", "in the base, too", d.Findings.Raised)
	p.config()
	p.aside()
	p.section(slowerSection)
	p.section(failsSection)
	p.better()
	p.gone()
	p.services()
	p.edges()
	p.footer()
	return p.flush()
}

// diffPrinter writes one diff.
type diffPrinter struct {
	*printer
	d    *Diff
	told map[string]bool // hunks that were shown
}

var verdictColor = map[string]string{
	verdictWorse: red, verdictUnproven: magenta, verdictIncomplete: yellow, verdictBetter: green, verdictUnchanged: green,
}

func (p *diffPrinter) verdict() {
	text := p.d.headline()
	color := verdictColor[p.d.Verdict]
	if color == green && (p.d.Gate.Failed || p.d.alarming()) {
		color = yellow
	}
	p.painted("1;"+color, "", strings.ToUpper(text[:1])+text[1:])
	p.painted(dim, "", p.side(p.d.Base)+p.t.glyph(" → ", " -> ")+p.side(p.d.Head))
	for _, reason := range p.d.Gate.Reasons {
		p.paragraph(p.t.glyph("✗ ", "x "), "fails: "+reason)
	}
}

func (p *diffPrinter) side(s DiffSide) string {
	if s.Revision == "" {
		return s.Name
	}
	return s.Name + " (" + upTo(s.Revision, 100)[:min(12, len(s.Revision))] + ")"
}

// title begins a section; the hint goes below where the line has no room for it.
func (p *diffPrinter) title(title, hint string) {
	p.space()
	line := p.t.paint(bold, title)
	if utf8.RuneCountInString(title)+2+utf8.RuneCountInString(hint) <= p.t.width() {
		p.line(line + "  " + p.t.paint(dim, hint))
		return
	}
	p.line(line)
	p.painted(dim, "  ", hint)
}

// most is how many entries are shown, of so many.
func (p *diffPrinter) most(limit, n int) int {
	if p.d.Verbose {
		return n
	}
	return min(limit, n)
}

// section writes the groups of one kind of change.
func (p *diffPrinter) section(s section) {
	list := p.d.of(s.change)
	if len(list) == 0 {
		return
	}
	p.title(s.title, count(cellsOf(list), "cell")+"; "+s.hint)
	limit := mostGroups
	if s.change == diff.Slower || s.change == diff.Fails {
		limit = mostMinor
	}
	shown := p.most(limit, len(list))
	for _, g := range list[:shown] {
		p.cellGroup(g)
	}
	if rest := list[shown:]; len(rest) > 0 {
		p.more(count(cellsOf(rest), "more cell")+" of "+p.namesOf(rest), "-o json has all")
	}
}

func (p *diffPrinter) more(text, where string) { p.painted(dim, "  ", "and "+text+"; "+where) }

// nameOf is what a service is called, cut to what fits a line.
func (p *diffPrinter) nameOf(id string) string { return p.t.shorten(p.names.of(id), 48) }

func (p *diffPrinter) namesOf(list []*CellGroup) string {
	ids := make([]string, len(list))
	for i, g := range list {
		ids[i] = p.names.of(g.Service)
	}
	return few(ids, mostNames)
}

func (p *diffPrinter) cellGroup(g *CellGroup) {
	p.space()
	before, after := g.Worst.moved(g.Change)
	move := before + p.t.glyph(" → ", " -> ") + after
	if g.Worst.Base == nil {
		move = after
	}
	p.line(p.t.paint(levelColor[g.Level], g.Level) + "  " + printable(g.ported(p.nameOf(g.Service))) + "  " + printable(move) + "  " + p.t.paint(dim, count(g.Count, "cell")))
	p.paragraph("  ", g.Message)
	if at := g.Position.At(); !at.IsZero() {
		suffix := ""
		if g.InBase {
			suffix = p.t.paint(dim, " in the base")
		}
		p.line("  " + p.t.position(at) + suffix)
	}
	hunk := g.Position.At().File + "\n" + strings.Join(g.Lines, "\n")
	if len(g.Lines) == 0 || p.told[hunk] {
		return // one change may have several effects
	}
	p.told[hunk] = true
	color := map[byte]string{'-': red, '+': green}
	for _, l := range g.Lines {
		text, _ := cut(printable(l), 1, p.t.width()-4, p.t.glyph("…", "..."))
		p.line("    " + p.t.paint(color[l[0]], text))
	}
}

func (p *diffPrinter) findings(title, hint string, all []Finding) {
	n := summed(all)
	if n.findings() == 0 {
		if n.Suppressed > 0 {
			p.title(title, fmt.Sprintf("%d, which somebody accepted", n.Suppressed))
		}
		return
	}
	r := &Report{Findings: all}
	list := r.shown()
	p.title(title, n.levels()+"; "+hint)
	var told []*CellGroup
	for _, change := range [...]diff.Change{diff.Unproven, diff.Worse} {
		all := p.d.of(change)
		told = append(told, all[:p.most(mostGroups, len(all))]...)
	}
	shown := p.most(mostFindings, len(list))
	for _, f := range list[:shown] {
		if f.toldBy(told) != nil {
			p.space()
			p.line(p.t.paint(levelColor[f.Level], f.Level+" "+f.Rule) + "  " + p.t.position(f.Position.At()) + "  " + p.t.paint(dim, "told above: "+printable(p.nameOf(f.Service))))
			continue
		}
		p.finding(f)
	}
	if rest := len(list) - shown; rest > 0 {
		p.more(count(rest, "more finding"), "-o json has all")
	}
}

func (p *diffPrinter) config() {
	if len(p.d.Config) == 0 {
		return
	}
	hint := "what muster judges by"
	if n := p.d.Summary.Weakened; n > 0 {
		hint += fmt.Sprintf("; %d may hide findings", n)
	}
	p.title("Configuration of muster", hint)
	shown := p.most(mostGroups, len(p.d.Config))
	for _, c := range p.d.Config[:shown] {
		line := "  " + c.Kind + " " + c.Change
		if c.Weakens {
			line = "  " + p.t.paint(levelColor["warning"], c.Kind+" "+c.Change+", weakens")
		}
		at, suffix := c.Head.At(), ""
		if at.IsZero() {
			at, suffix = c.Base.At(), " in the base"
		}
		if !at.IsZero() {
			line += "  " + p.t.position(at) + suffix
		}
		p.line(line)
		p.paragraph("    ", c.What)
	}
	if rest := len(p.d.Config) - shown; rest > 0 {
		p.more(count(rest, "more change"), "-o json has all")
	}
}
