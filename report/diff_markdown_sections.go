package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer/diff"
)

// reasons tells each row of the table in full, with what changed around the line that decides, and then the groups
// that have no row. It returns how many are told.
func (m *diffPage) reasons(list []*CellGroup, rows int) int {
	if len(list) == 0 {
		return 0
	}
	n := m.block(unfolding("Why", "in full, with the lines that changed", false), m.items(list), folded, 50)
	m.leave(max(0, rows-n), "full reason")
	m.leave(cellsOf(list[max(n, rows):]), "worse or unproven cell")
	return n
}

// groups tells of one kind of change.
func (m *diffPage) groups(s section) {
	if list := m.d.of(s.change); len(list) > 0 {
		n := m.block(unfolding(s.title, count(cellsOf(list), "cell"), false), m.items(list), folded, 100)
		m.leave(cellsOf(list[n:]), s.cell)
	}
}

func (m *diffPage) items(list []*CellGroup) []string {
	items := make([]string, len(list))
	for i, g := range list {
		items[i] = m.item(g)
	}
	return items
}

// item is a group as an element of a list.
func (m *diffPage) item(g *CellGroup) string {
	var b strings.Builder
	mark := levelMark[g.Level]
	if g.Change == string(diff.Better) {
		mark = "✅"
	}
	fmt.Fprintf(&b, "- %s **%s**", mark, prose(upTo(g.ported(m.names.of(g.Service)), longestCell)))
	if at := g.Position.At(); !at.IsZero() {
		b.WriteString(" " + codeSpan(upTo(at.String(), longestProse)))
		if g.InBase {
			b.WriteString(" of the base")
		}
	}
	b.WriteString(" " + count(g.Count, "cell"))
	fmt.Fprintf(&b, "\n  <br>%s\n", prose(upTo(g.Message, longestProse)))
	hunk := strings.Join(g.Lines, "\n")
	key := g.Position.At().File + "\n" + hunk
	if len(g.Lines) == 0 || m.told[key] {
		return b.String()
	}
	m.told[key] = true
	fence := strings.Repeat("`", max(3, backticks(hunk)+1))
	b.WriteString("\n  " + fence + "diff\n")
	for _, l := range g.Lines {
		b.WriteString("  " + oneLine(l, longestText) + "\n")
	}
	b.WriteString("  " + fence + "\n\n")
	return b.String()
}

// backticks is how many of them stand in a row at most.
func backticks(text string) (longest int) {
	run := 0
	for _, r := range text {
		if r == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return longest
}

// findings tells of those that nobody accepted.
func (m *diffPage) findings(title string, all []Finding, open bool) {
	r := &Report{Findings: all}
	list := r.shown()
	if len(all) == 0 {
		return
	}
	n := summed(all)
	if len(list) == 0 {
		m.list("", []string{fmt.Sprintf("\n%s: %s.\n", title, n.levels())}, "", "section")
		return
	}
	items := make([]string, len(list))
	for i, f := range list {
		if g := f.toldBy(m.above); g != nil && open {
			items[i] = fmt.Sprintf("- %s **%s %s** %s, told above: %s\n", levelMark[f.Level], f.Level, m.link(f.Rule),
				codeSpan(upTo(f.Position.At().String(), longestProse)), prose(upTo(m.names.of(f.Service), longestCell)))
			continue
		}
		items[i] = m.finding(f)
		if !open {
			items[i] = strings.Replace(items[i], levelMark[f.Level], "✅", 1)
		}
	}
	m.list(unfolding(title, n.levels(), open && n.Error > 0), items, folded, "finding")
}

func (m *diffPage) config() {
	list := slices.Clone(m.d.Config)
	slices.SortStableFunc(list, func(a, b ConfigChange) int {
		switch {
		case a.Weakens == b.Weakens:
			return 0
		case a.Weakens:
			return -1
		}
		return 1
	})
	var weak, other []string
	for _, c := range list {
		at, suffix := c.Head.At(), ""
		if at.IsZero() {
			at, suffix = c.Base.At(), " of the base"
		}
		place := ""
		if !at.IsZero() {
			place = " " + codeSpan(upTo(at.String(), longestProse)) + suffix
		}
		text := fmt.Sprintf("**%s %s**%s\n  <br>%s\n", c.Kind, c.Change, place, prose(upTo(c.What, longestProse)))
		if c.Weakens {
			weak = append(weak, "- ⚠️ "+text)
		} else {
			other = append(other, "- ℹ️ "+text)
		}
	}
	if len(weak) > 0 {
		m.list(fmt.Sprintf("\n**%s of what muster judges by may hide findings:**\n\n", count(len(weak), "change")), weak, "", "weakening change")
	}
	if len(other) > 0 {
		m.list(unfolding("Configuration of muster", count(len(other), "other change"), false), other, folded, "other change of configuration")
	}
}

func (m *diffPage) services() {
	var items []string
	for _, l := range []struct {
		what string
		list []Service
	}{{"added", m.d.Services.Added}, {"removed", m.d.Services.Removed}} {
		for _, s := range l.list {
			items = append(items, fmt.Sprintf("- %s %s\n", l.what, prose(upTo(m.names.of(s.ID), longestCell))))
		}
	}
	if len(items) > 0 {
		m.list(unfolding("Services", fmt.Sprintf("%d added, %d removed", len(m.d.Services.Added), len(m.d.Services.Removed)), false), items, folded, "service")
	}
}

func (m *diffPage) edges() {
	var items []string
	for _, l := range []struct {
		what string
		list []DiffEdge
	}{{"added", m.d.Edges.Added}, {"removed", m.d.Edges.Removed}} {
		for i := range l.list {
			place := ""
			if at := l.list[i].Position.At(); !at.IsZero() {
				place = " " + codeSpan(upTo(at.String(), longestCell))
			}
			items = append(items, fmt.Sprintf("- %s %s%s\n", l.what, prose(upTo(l.list[i].words(m.names, " → "), longestProse)), place))
		}
	}
	if len(items) > 0 {
		m.list(unfolding("Dependencies", fmt.Sprintf("%d added, %d removed", len(m.d.Edges.Added), len(m.d.Edges.Removed)), false), items, folded, "changed edge")
	}
}
