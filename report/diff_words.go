package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/diff"
	"github.com/passmuster/muster/analyzer/failover"
)

// section is how a kind of change is told of.
type section struct {
	change diff.Change
	title  string
	hint   string
	cell   string // what one of its cells is called
}

var (
	unprovenSection = section{diff.Unproven, "No longer proven", "the inputs do not decide any more", "unproven cell"}
	worseSection    = section{diff.Worse, "Worse", "more requests fail, or they are less protected", "worse cell"}
	slowerSection   = section{diff.Slower, "Slower", "the outcome is the same, and it takes longer", "slower cell"}
	failsSection    = section{diff.Fails, "New, and does not survive", "the base has no such service, caller or place", "new cell"}
	betterSection   = section{diff.Better, "Better", "", "better cell"}
)

// headline is the verdict, with the counts that it rests on.
func (d *Diff) headline() string {
	n := d.Summary.Cells
	var parts []string
	if n.Worse > 0 {
		parts = append(parts, count(n.Worse, "cell")+" became worse")
	}
	if n.Unproven > 0 {
		parts = append(parts, verb(n.Unproven, "cell is", "cells are")+" no longer proven")
	}
	if n.Worse+n.Unproven == 0 && d.Verdict == verdictIncomplete {
		parts = append(parts, "no change for the worse in what was read, and not everything was read")
	}
	if n.Better > 0 && d.Verdict == verdictBetter {
		parts = append(parts, count(n.Better, "cell")+" became better")
	}
	if gone := d.Summary.Gone.findings(); gone > 0 && d.Verdict == verdictBetter {
		parts = append(parts, verb(gone, "finding is", "findings are")+" gone")
	}
	quiet := len(parts) == 0
	if fresh := d.Summary.New.findings(); fresh > 0 {
		parts = append(parts, count(fresh, "new finding"))
	}
	if raised := d.Summary.Raised.findings(); raised > 0 {
		parts = append(parts, verb(raised, "finding is", "findings are")+" more severe than before")
	}
	if n.Worse+n.Unproven == 0 { // beside what is worse, these are no headline
		if n.Slower > 0 {
			parts = append(parts, count(n.Slower, "cell")+" became slower")
		}
		if n.Fails > 0 {
			parts = append(parts, fmt.Sprintf("%s %s not survive", count(n.Fails, "new cell"), plural(n.Fails, "does", "do")))
		}
	}
	switch {
	case len(parts) == 0:
		return "no change in survival"
	case quiet && d.Verdict == verdictUnchanged:
		return "no cell became worse, " + strings.Join(parts, ", ")
	}
	return strings.Join(parts, ", ")
}

// alarming reports whether there is something to look at, although the gate may pass.
func (d *Diff) alarming() bool {
	fresh := d.Summary.New.Error + d.Summary.New.Warning + d.Summary.Raised.Error + d.Summary.Raised.Warning
	return d.Verdict == verdictWorse || d.Verdict == verdictUnproven || d.Verdict == verdictIncomplete || fresh+d.Summary.Weakened+d.Summary.Cells.Fails > 0
}

// clean reports whether nothing at all is there to tell.
func (d *Diff) clean() bool {
	n := d.Summary.Cells
	return !d.Gate.Failed && n.Unproven+n.Worse+n.Slower+n.Fails+n.Better == 0 &&
		len(d.Config)+len(d.Cells)+len(d.Findings.New)+len(d.Findings.Raised)+len(d.Findings.Gone) == 0 &&
		len(d.Services.Added)+len(d.Services.Removed)+len(d.Edges.Added)+len(d.Edges.Removed) == 0 &&
		len(d.Base.Inputs.shortfalls())+len(d.Head.Inputs.shortfalls())+len(d.aside()) == 0
}

// compared says what was compared: "42 cells of 3 services in both".
func (d *Diff) compared() string {
	n := d.Summary.Cells
	cells := n.Unproven + n.Worse + n.Slower + n.Better + n.Same
	return fmt.Sprintf("%s of %s in both", count(cells, "cell"), count(max(0, d.Head.Services-len(d.Services.Added)), "service"))
}

// tally says what became of the cells.
func (n DiffCells) tally() string {
	var parts []string
	for _, p := range [...]struct {
		n    int
		what string
	}{{n.Unproven, "no longer proven"}, {n.Worse, "worse"}, {n.Slower, "slower"}, {n.Better, "better"}, {n.Same, "as before"}, {n.Fails, "new that do not survive"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return strings.Join(parts, ", ")
}

// of returns the groups that changed in a way.
func (d *Diff) of(change diff.Change) []*CellGroup {
	var list []*CellGroup
	for i := range d.Cells {
		if d.Cells[i].Change == string(change) {
			list = append(list, &d.Cells[i])
		}
	}
	return list
}

// cellsOf counts the cells of groups.
func cellsOf(list []*CellGroup) (n int) {
	for _, g := range list {
		n += g.Count
	}
	return n
}

// failure says what fails in the most telling cell of a group: "us-east-1 hangs".
func (g *CellGroup) failure() string {
	c := g.Worst.Head
	if c == nil {
		c = g.Worst.Base
	}
	if c == nil {
		return ""
	}
	s, err := failover.ParseScenario(c.Scenario)
	if err != nil {
		return c.Scenario + ", " + c.Fault
	}
	return analyzer.Failure(s, failover.Fault(c.Fault))
}

// ported is a name with the ports of the group.
func (g *CellGroup) ported(name string) string {
	const most = 4
	ports := make([]string, 0, most)
	for _, p := range g.Ports {
		if p == 0 {
			continue
		}
		if len(ports) == most {
			ports = append(ports, "…")
			break
		}
		ports = append(ports, strconv.Itoa(p))
	}
	if len(ports) == 0 {
		return name
	}
	return name + ":" + strings.Join(ports, ",")
}

// toldBy is the group among some that says all that a finding says, or nil.
func (f *Finding) toldBy(list []*CellGroup) *CellGroup {
	at := f.Position.At()
	for _, g := range list {
		if g.Service == f.Service && g.Cause != "" && !g.InBase && !at.IsZero() && g.Position.At().Compare(at) == 0 && strings.Contains(f.Message, g.Cause) {
			return g
		}
	}
	return nil
}

// serviceNames are what the services of a diff are called.
func (d *Diff) serviceNames() names {
	var ids []string
	add := func(id string) {
		if id != "" {
			ids = append(ids, id)
		}
	}
	for i := range d.Cells {
		add(d.Cells[i].Service)
	}
	for _, list := range [][]Finding{d.Findings.New, d.Findings.Raised, d.Findings.Gone} {
		for i := range list {
			add(list[i].Service)
		}
	}
	for _, list := range [][]Service{d.Services.Added, d.Services.Removed} {
		for i := range list {
			add(list[i].ID)
		}
	}
	for _, list := range [][]DiffEdge{d.Edges.Added, d.Edges.Removed} {
		for i := range list {
			add(list[i].From)
			add(list[i].To)
		}
	}
	return namesOf(ids)
}

// few are the first names of a list, each once, and how many more there are.
func few(list []string, most int) string {
	seen := map[string]bool{}
	var shown []string
	for _, n := range list {
		if n != "" && !seen[n] {
			seen[n] = true
			if len(seen) <= most {
				shown = append(shown, n)
			}
		}
	}
	text := strings.Join(shown, ", ")
	if more := len(seen) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// aboutSide says what it means that a side could not be read as a whole.
func aboutSide(head bool) string {
	if head {
		return "what is gone or as before may only be hidden"
	}
	return "what is new or worse may have been so before"
}
