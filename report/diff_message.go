package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/diff"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// because is why a group changed.
type because struct {
	text   string // completes "because …"; "" where nothing is known
	at     mesh.Origin
	inBase bool   // at is of the base
	lost   string // what the base had, with its line, or ""
	places []changeable
}

// changeable is a line near which something may have changed.
type changeable struct {
	at     mesh.Origin
	inBase bool
}

// reasonOf says why: by the cause that the comparison names, else by what the base had, else by what the cell says.
func reasonOf(g *diff.Group) because {
	inBase := g.Change == diff.Better
	cell := g.Cells[0].Head
	if inBase {
		cell = g.Cells[0].Base
	}
	var why because
	add := func(at mesh.Origin, inBase bool) {
		if at.In == nil {
			return
		}
		if why.at.In == nil {
			why.at, why.inBase = at, inBase
		}
		why.places = append(why.places, changeable{at, inBase})
	}
	if g.Cause.Kind != "" {
		why.text = g.Cause.Detail
		add(g.Cause.Origin, inBase)
	} else if term, text := longer(g); text != "" {
		why.text = text
		add(term.Origin, false)
	}
	if g.Lost.What != "" && g.Change == diff.Worse {
		why.lost = reliedOn(g.Lost)
		if why.text == "" {
			add(g.Lost.Origin, true)
		}
	}
	if cell != nil {
		if why.text == "" && why.lost == "" {
			why.text = cell.Reason
		}
		if cell.Outcome == failover.Unknown {
			for _, at := range cell.Undecided {
				add(at, inBase)
			}
		}
	}
	if why.lost != "" {
		add(g.Lost.Origin, true)
	}
	for _, e := range g.Cause.Related {
		add(e.Origin, inBase)
	}
	return why
}

// longer is the part of a recovery that grew most, where a cell only became slower.
func longer(g *diff.Group) (failover.Term, string) {
	p := g.Cells[0]
	if g.Change != diff.Slower || p.Base == nil || p.Head == nil {
		return failover.Term{}, ""
	}
	var most failover.Term
	was, grown := time.Duration(0), time.Duration(0)
	for _, t := range p.Head.Recovery.Terms {
		old := time.Duration(0)
		if i := slices.IndexFunc(p.Base.Recovery.Terms, func(b failover.Term) bool { return b.Name == t.Name }); i >= 0 {
			old = p.Base.Recovery.Terms[i].Upper
		}
		if t.Upper-old > grown {
			most, was, grown = t, old, t.Upper-old
		}
	}
	if grown == 0 {
		return failover.Term{}, ""
	}
	text := fmt.Sprintf("%q takes up to %s", most.Name, shortly(most.Upper))
	if was > 0 {
		text += fmt.Sprintf(" where it took up to %s", shortly(was))
	}
	return most, text
}

// sentence says what would happen now, in which failure, what it was before, and why.
func sentence(g *diff.Group, p CellPair, why because) string {
	c := g.Cells[0].Head
	if c == nil {
		c = g.Cells[0].Base
	}
	var s strings.Builder
	s.WriteString(analyzer.WhatFails(c) + ", ")
	better := g.Change == diff.Better
	text := upTo(located(why), longestText)
	for i, a := range p.aspects(string(g.Change)) {
		if i > 0 {
			s.WriteString(", and ")
		}
		if better {
			s.WriteString(improved(c, p, a))
		} else {
			s.WriteString(effect(c, p.Head, a))
		}
		before := p.Base.was(a)
		if better && i == 0 && text != "" {
			before += ": " + text
		}
		s.WriteString(" (" + before + ")")
	}
	if !better && text != "" {
		s.WriteString(": " + text)
	}
	if !strings.HasSuffix(text, "?") || better {
		s.WriteByte('.')
	}
	return s.String()
}

// located is a reason with the line that decides, unless it names that itself, and with what the base had.
func located(why because) string {
	text := why.text
	if at := why.at.Position(); text != "" && !at.IsZero() && !strings.Contains(text, at.Short()) {
		text += " (" + at.Short() + ")"
	}
	if why.lost == "" {
		return text
	}
	if text != "" {
		text += "; "
	}
	return text + why.lost
}

// reliedOn is what helped in the base, with its line.
func reliedOn(lost mesh.Evidence) string {
	if at := lost.Origin.Position(); !at.IsZero() {
		return "the base relied on " + at.Short() + " (" + lost.What + ")"
	}
	return "the base relied on " + lost.What
}

// effect is what becomes of the requests in one aspect.
func effect(c *failover.Cell, head *Cell, a aspect) string {
	requests := "requests to " + analyzer.Callee(c) + analyzer.From(c)
	switch a {
	case refused:
		return requests + " are refused"
	case protection:
		switch weakest(head) {
		case "tls":
			return requests + " go over with TLS alone"
		case "unknown":
			return "it is not known whether " + requests + " are encrypted"
		}
		return told(c, failover.CauseExposed)
	case carrying:
		return told(c, failover.CauseShortOf) + " with " + head.state(carrying)
	case recovery:
		if head.upper() == 0 {
			return requests + " get through at once"
		}
		return requests + " may fail for " + head.state(recovery)
	case certainty:
		return "it is not known what becomes of " + requests
	}
	if head != nil && head.FailingShare == 0 {
		return requests + " fare worse"
	}
	return told(c, lossOf(c))
}

// lossOf is the kind of the first cause for which requests fail.
func lossOf(c *failover.Cell) failover.CauseKind {
	for _, cause := range c.Causes {
		switch cause.Kind {
		case failover.CauseExposed, failover.CauseShortOf, failover.CauseTooSlow, failover.CauseAnalysisSlow, failover.CauseBrokenBefore:
		default:
			return cause.Kind
		}
	}
	return ""
}

func told(c *failover.Cell, kind failover.CauseKind) string {
	effect, _ := analyzer.WhatHappens(c, failover.Cause{Kind: kind})
	return effect
}

// improved is what becomes of the requests where it was worse before.
func improved(c *failover.Cell, p CellPair, a aspect) string {
	requests := "requests to " + analyzer.Callee(c) + analyzer.From(c)
	switch a {
	case refused:
		return requests + " are allowed"
	case protection:
		if p.Head == nil || weakest(p.Head) == "" {
			return requests + " are not exposed"
		}
		return requests + " are protected by " + p.Head.state(protection)
	case carrying:
		return "what is left of " + analyzer.Callee(c) + " carries the load"
	case recovery:
		return effect(c, p.Head, recovery)
	}
	if p.Head != nil && p.Head.FailingShare > 0 {
		return told(c, lossOf(c))
	}
	return requests + " get through"
}
