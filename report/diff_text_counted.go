package report

import (
	"fmt"
	"strings"

	"github.com/passmuster/muster/analyzer/diff"
	"github.com/passmuster/muster/mesh"
)

// better counts what became better; a verbose text tells all of it.
func (p *diffPrinter) better() {
	list := p.d.of(diff.Better)
	if len(list) == 0 {
		return
	}
	if p.d.Verbose {
		p.section(betterSection)
		return
	}
	p.title("Better", count(cellsOf(list), "cell"))
	p.paragraph("  ", p.namesOf(list))
}

// gone counts the findings that nobody finds any more.
func (p *diffPrinter) gone() {
	list := p.d.Findings.Gone
	if len(list) == 0 {
		return
	}
	p.title("Gone", p.d.Summary.Gone.levels())
	if p.d.Verbose {
		head := p.snippets
		p.snippets = p.d.baseLine
		for i := range list {
			p.finding(&list[i])
		}
		p.snippets = head
		return
	}
	p.paragraph("  ", few(rulesAndServices(list, p.names), mostNames))
}

// rulesAndServices are the rules and services of findings.
func rulesAndServices(list []Finding, n names) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = list[i].Rule
		if list[i].Service != "" {
			out[i] += " " + n.of(list[i].Service)
		}
	}
	return out
}

func (p *diffPrinter) services() {
	added, removed := p.d.Services.Added, p.d.Services.Removed
	if len(added)+len(removed) == 0 {
		return
	}
	p.title("Services", fmt.Sprintf("%d added, %d removed", len(added), len(removed)))
	for _, l := range []struct {
		sign string
		list []Service
	}{{"+ ", added}, {"- ", removed}} {
		if len(l.list) == 0 {
			continue
		}
		ids := make([]string, len(l.list))
		for i, s := range l.list {
			ids[i] = p.names.of(s.ID)
		}
		p.paragraph("  "+l.sign, few(ids, p.most(mostNames, len(ids))))
	}
}

func (p *diffPrinter) edges() {
	added, removed := p.d.Edges.Added, p.d.Edges.Removed
	if len(added)+len(removed) == 0 {
		return
	}
	p.title("Dependencies", fmt.Sprintf("%d added, %d removed", len(added), len(removed)))
	for _, l := range []struct {
		sign string
		list []DiffEdge
	}{{"+ ", added}, {"- ", removed}} {
		shown := p.most(mostNames, len(l.list))
		for i := range l.list[:shown] {
			p.paragraph("  "+l.sign, l.list[i].words(p.names, p.t.glyph(" → ", " -> ")))
		}
		if rest := len(l.list) - shown; rest > 0 {
			p.more(fmt.Sprintf("%d more", rest), "-o json has all")
		}
	}
}

// words are who calls whom, and what shows it.
func (e *DiffEdge) words(n names, arrow string) string {
	from := "some workload"
	if e.From != "" {
		from = n.of(e.From)
	}
	text := from + arrow + n.of(e.To)
	if !e.Strong {
		text += ", weak"
	}
	if e.What != "" {
		text += " (" + e.What + ")"
	}
	return text
}

// shortfalls tells what is missing from either side.
func (p *diffPrinter) shortfalls() {
	for _, s := range []struct {
		side *DiffSide
		head bool
	}{{&p.d.Base, false}, {&p.d.Head, true}} {
		list := s.side.Inputs.shortfalls()
		if len(list) == 0 {
			continue
		}
		p.title("Not all of "+printable(p.name(s.side))+" was read", aboutSide(s.head))
		shown := p.most(mostNames, len(list))
		for _, one := range list[:shown] {
			at := one.at
			if at.IsZero() {
				at = mesh.Position{File: "-"}
			}
			p.line("  " + p.t.paint(levelColor[one.level], p.t.position(at)))
			p.paragraph("    ", one.message)
		}
		if rest := len(list) - shown; rest > 0 {
			p.more(fmt.Sprintf("%d more", rest), "-o json has all")
		}
	}
}

// name is what a side is called, cut to what fits a line.
func (p *diffPrinter) name(s *DiffSide) string {
	if s.Name == "" {
		return "a side"
	}
	return p.t.shorten(s.Name, 40)
}

func (p *diffPrinter) footer() {
	p.space()
	text := "compared " + p.d.compared()
	if tally := p.d.Summary.Cells.tally(); tally != "" {
		text += ": " + tally
	}
	p.paragraph("", text)
	var parts []string
	if n := p.d.Findings.Unchanged; n > 0 {
		parts = append(parts, verb(n, "finding is", "findings are")+" in both")
	}
	for _, s := range []*DiffSide{&p.d.Base, &p.d.Head} {
		parts = append(parts, fmt.Sprintf("%s: %s in %s", p.name(s), count(s.Inputs.Resources, "object"), count(s.Inputs.Files, "file")))
	}
	p.painted(dim, "", strings.Join(parts, "; "))
}
