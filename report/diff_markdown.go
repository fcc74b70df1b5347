package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/diff"
)

// Markdown writes the diff for a comment on a pull request or the summary of a step: the verdict, a table of what is no
// longer proven or worse, and the rest in sections that unfold. What is beyond the limit of bytes is counted, the least
// important first. Where nothing changed, it is one line.
func (d *Diff) Markdown(w io.Writer, o Options) error {
	limit := o.Limit
	if limit <= 0 {
		limit = SummaryLimit
	}
	if d.clean() {
		_, err := fmt.Fprintf(w, "✅ muster: no change in survival (%s compared)\n", d.compared())
		return err
	}
	m := &diffPage{summaryPage: summaryPage{o: o, names: d.serviceNames()}, d: d, told: map[string]bool{}}
	m.limit = limit - len(m.foot()) - roomForLeft
	m.headline()
	m.shortfalls()
	worse := slices.Concat(d.of(diff.Unproven), d.of(diff.Worse))
	slices.SortStableFunc(worse, func(a, b *CellGroup) int { return cmp.Compare(levelOrder[a.Level], levelOrder[b.Level]) }) // the room may not do for all
	rows := m.table(worse)
	m.config()
	full := m.reasons(worse, rows)
	m.above = worse[:max(rows, full)]
	m.findings("New findings", d.Findings.New, true)
	m.findings("More severe than before", d.Findings.Raised, true)
	m.aside()
	m.groups(slowerSection)
	m.groups(failsSection)
	m.groups(betterSection)
	m.findings("Gone", d.Findings.Gone, false)
	m.services()
	m.edges()
	if len(m.left) > 0 {
		fmt.Fprintf(&m.b, "\n**Not shown here**, for want of room: %s. The whole diff has all.\n", strings.Join(m.left, ", "))
	}
	m.b.WriteString(m.foot())
	if m.b.Len() > limit {
		m.b.Reset()
		m.title()
		m.b.WriteString("There is no room here for more. The whole diff has all.\n")
	}
	_, err := io.WriteString(w, m.b.String())
	return err
}

// levelOrder has the most severe level first.
var levelOrder = map[string]int{string(analyzer.Error): 0, string(analyzer.Warning): 1, string(analyzer.Note): 2}

// roomForLeft is for the line that tells what is not shown.
const roomForLeft = 500

// longestCell is how many bytes of a text a cell of the table shows, and longestProse those of a text elsewhere.
const (
	longestCell  = 400
	longestProse = 2000
)

// diffPage is a page of Markdown about a diff on its way.
type diffPage struct {
	summaryPage
	d     *Diff
	limit int             // bytes, without the foot
	left  []string        // what is not shown
	told  map[string]bool // hunks that were shown
	above []*CellGroup    // groups that were told of
}

func (m *diffPage) foot() string {
	return fmt.Sprintf("\n<sub>muster %s · predicted from the manifests of both sides · <code>muster explain RULE</code> tells what a rule is about</sub>\n",
		inHTML(upTo(m.d.Tool.Version, 100)))
}

// block writes a head, the items that fit into a part of the page, and an end. It returns how many fit.
func (m *diffPage) block(head string, items []string, end string, part int) int {
	room := min(m.limit*part/100, m.limit-m.b.Len()) - len(head) - len(end)
	n := 0
	for n < len(items) && len(items[n]) <= room {
		room -= len(items[n])
		n++
	}
	if n > 0 {
		m.b.WriteString(head + strings.Join(items[:n], "") + end)
	}
	return n
}

// leave notes that something is not shown.
func (m *diffPage) leave(n int, what string) {
	if n > 0 {
		m.left = append(m.left, count(n, what))
	}
}

// list is a block of which each item that does not fit counts as one of what.
func (m *diffPage) list(head string, items []string, end, what string) {
	if len(items) > 0 {
		m.leave(len(items)-m.block(head, items, end, 100), what)
	}
}

func unfolding(title, hint string, open bool) string {
	attribute := ""
	if open {
		attribute = " open"
	}
	return fmt.Sprintf("\n<details%s><summary><b>%s</b> %s</summary>\n\n", attribute, title, hint)
}

const folded = "\n</details>\n"

// title is the verdict. It has no text of the inputs.
func (m *diffPage) title() {
	mark := "✅"
	switch {
	case m.d.Gate.Failed:
		mark = "❌"
	case m.d.alarming():
		mark = "⚠️"
	}
	fmt.Fprintf(&m.b, "## %s muster: %s\n\n", mark, m.d.headline())
}

func (m *diffPage) headline() {
	m.title()
	fmt.Fprintf(&m.b, "%s → %s · %s", side(m.d.Base), side(m.d.Head), m.d.compared())
	if tally := m.d.Summary.Cells.tally(); tally != "" {
		m.b.WriteString(": " + tally)
	}
	m.b.WriteByte('\n')
	if m.d.Gate.Failed {
		const most = 5
		reasons, more := m.d.Gate.Reasons, ""
		if n := len(reasons) - most; n > 0 {
			reasons, more = reasons[:most], fmt.Sprintf("; and %d more", n)
		}
		texts := make([]string, len(reasons))
		for i, r := range reasons {
			texts[i] = prose(upTo(r, longestCell))
		}
		fmt.Fprintf(&m.b, "\n**This fails the check:** %s%s.\n", strings.Join(texts, "; "), more)
	}
}

func side(s DiffSide) string {
	name := s.Name
	if name == "" {
		name = "-"
	}
	out := codeSpan(upTo(name, 100))
	if s.Revision != "" && !strings.HasPrefix(s.Revision, s.Name) {
		out += " (" + codeSpan(s.Revision[:min(12, len(s.Revision))]) + ")"
	}
	return out
}

func (m *diffPage) shortfalls() {
	for _, s := range []struct {
		side *DiffSide
		head bool
	}{{&m.d.Base, false}, {&m.d.Head, true}} {
		list := s.side.Inputs.shortfalls()
		if len(list) == 0 {
			continue
		}
		const most = 10
		items := make([]string, 0, most+1)
		for _, f := range list[:min(most, len(list))] {
			items = append(items, fmt.Sprintf("- %s: %s\n", codeSpan(upTo(f.at.String(), longestCell)), prose(upTo(f.message, longestCell))))
		}
		if more := len(list) - most; more > 0 {
			items = append(items, fmt.Sprintf("- and %d more\n", more))
		}
		m.list(fmt.Sprintf("\n**Not all of %s was read**: %s.\n\n", side(*s.side), aboutSide(s.head)), items, "", "input that was not read")
	}
}

// mostRows is how many rows the table has; the sections below it tell of the others.
const mostRows = 25

// table has a row for each group that is no longer proven or worse. It returns how many it has.
func (m *diffPage) table(list []*CellGroup) int {
	rows := make([]string, min(len(list), mostRows))
	for i, g := range list[:len(rows)] {
		rows[i] = m.row(g)
	}
	n := m.block("\n| service | failure | before → after | why |\n|---|---|---|---|\n", rows, "", 50)
	if rest := list[n:]; len(rest) > 0 {
		fmt.Fprintf(&m.b, "\n%s of %s beside these.\n", count(cellsOf(rest), "more cell"), count(len(rest), "more group"))
	}
	return n
}

func (m *diffPage) row(g *CellGroup) string {
	before, after := g.Worst.moved(g.Change)
	cells := ""
	if g.Count > 1 {
		cells = fmt.Sprintf(" (%d cells)", g.Count)
	}
	why := prose(upTo(g.Cause, longestCell))
	if at := g.Position.At(); !at.IsZero() {
		why = strings.TrimSpace(why + " " + inTable(upTo(fmt.Sprintf("%s:%d", at.File, max(at.Line, 1)), longestCell)))
		if g.InBase {
			why += " of the base"
		}
	}
	return fmt.Sprintf("| %s %s%s | %s | %s → **%s** | %s |\n", levelMark[g.Level], prose(upTo(g.ported(m.names.of(g.Service)), longestCell)), cells,
		prose(upTo(g.failure(), longestCell)), prose(before), prose(after), why)
}

// inTable is text as code inside a table, where a bar ends the cell even inside code.
func inTable(text string) string {
	if strings.ContainsAny(text, "|\\") {
		return prose(text)
	}
	return codeSpan(text)
}
