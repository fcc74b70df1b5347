package drillreport

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/report"
)

// Markdown writes the after-action report, in the parts that NIST SP 800-84 and ISO 22301 ask for: objective, scope,
// participants, timeline, results against the objectives, findings with severity and evidence, follow-ups with owner and due
// date, documents, what the drill proves, and how the evidence is kept.
func Markdown(w io.Writer, r *audit.Report) error {
	p := &page{r: r}
	p.head()
	p.scope()
	p.people()
	p.timeline()
	p.results()
	p.findings()
	p.followups()
	p.documents()
	p.proves()
	p.evidence()
	_, err := io.WriteString(w, p.b.String())
	return err
}

// page is Markdown on its way. Whatever comes from a plan or from results goes through prose or code.
type page struct {
	b strings.Builder
	r *audit.Report
}

func (p *page) line(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }

func prose(text string) string { return report.Prose(cut(text)) }

func code(text string) string { return report.CodeSpan(cut(text)) }

// inTable is code for a row of a table, which may not hold bars.
func inTable(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func cut(text string) string { return report.OneLine(text, longest) }

// orDash is text, or a dash where there is none.
func orDash(text string) string {
	if text == "" {
		return "–"
	}
	return prose(text)
}

var verdictMark = map[measure.Verdict]string{measure.Pass: "✅", measure.Fail: "❌", measure.Inconclusive: "⚠️"}

func (p *page) head() {
	r := p.r
	name := r.Run
	if r.Plan != nil {
		switch {
		case r.Plan.Metadata.Title != "":
			name = r.Plan.Metadata.Title
		case r.Plan.Metadata.ID != "":
			name = r.Plan.Metadata.ID
		}
	}
	p.line("# After-action report: %s\n", prose(name))
	p.line("**%s %s** · run %s · %s · written by muster %s\n", verdictMark[r.Verdict], verdictWord(r.Verdict), code(r.Run), when(r), prose(r.Tool))
	for _, reason := range r.Reasons {
		p.line("- %s", prose(reason))
	}
	if r.Plan == nil {
		p.line("\nThe report was made without the plan: objective, people and follow-ups are not known to it.")
		return
	}
	p.line("\n## Objective\n\n%s", prose(r.Plan.Objective))
	if h := r.Plan.Hypothesis; h != "" {
		p.line("\nHypothesis: %s", prose(h))
	}
	rows := promises(r.Plan)
	if len(rows) > 0 {
		p.line("\n| promise | value |\n|---|---|")
	}
	for _, row := range rows {
		p.line("| %s | %s |", row[0], prose(row[1]))
	}
}

func (p *page) scope() {
	r := p.r
	p.line("\n## Scope\n")
	if r.Plan != nil {
		s, m := r.Plan.Scenario, r.Plan.Metadata
		p.line("- Failure: %s; fault modes %s", prose(s.Fail), prose(strings.Join(s.FaultModes, ", ")))
		p.optional("Why this failure", s.Rationale)
		p.optional("Assumptions", strings.Join(s.Assumptions, "; "))
		p.optional("Type of exercise (NIST SP 800-84)", m.Type)
		p.optional("Criticality", m.Criticality)
		p.optional("Universe", strings.Join(m.Universe, ", "))
		p.optional("Fault brought about by", r.Plan.Fault.Driver)
	}
	c := r.Coverage
	p.line("- Covered: %d of %s, %d of %s; drilled: %s", c.Probed, counted(c.Expected, "cell"), c.Seen, counted(c.Services, "service"), orDash(strings.Join(c.FaultModes, ", ")))
	p.optional("Not drilled", strings.Join(c.Missing, ", "))
	p.line("- Configuration: %s", code(r.ConfigDigest))
	if r.LiveConfigDigest != "" {
		p.line("- Configuration that proxies held: %s", code(r.LiveConfigDigest))
	}
	p.line("- Plan: %s", code(r.PlanDigest))
}

func (p *page) optional(name, value string) {
	if value != "" {
		p.line("- %s: %s", name, prose(value))
	}
}

func (p *page) people() {
	if p.r.Plan == nil {
		return
	}
	o := p.r.Plan.People
	p.line("\n## Participants\n")
	p.optional("Owner", p.r.Plan.Metadata.Owner)
	p.optional("Participants", strings.Join(o.Participants, ", "))
	p.optional("Approvers", strings.Join(o.Approvers, ", "))
	for _, a := range o.Approved {
		p.line("- Approved by %s on %s, plan %s", prose(a.By), prose(a.At), code(a.Digest))
	}
	p.optional("Had to do without", strings.Join(o.Excluded, ", "))
	p.optional("Told before and after", strings.Join(o.Stakeholders, ", "))
	p.optional("Channel", o.Comms)
	p.optional("Independence", o.Independence)
}

func (p *page) timeline() {
	p.line("\n## Timeline\n\nTimes are those of the run, from its begin at %s UTC; each moment lies inside of its bracket.\n", p.r.Began.UTC().Format("2006-01-02 15:04:05"))
	type entry struct {
		at   float64
		text string
	}
	var list []entry
	add := func(at float64, format string, args ...any) {
		list = append(list, entry{at, fmt.Sprintf(format, args...)})
	}
	for _, f := range p.r.Faults {
		what := prose(failure(f.Scenario, f.Mode)) + " (" + prose(f.ID) + ")"
		add(f.Inject.From, "| %s | %s | injected: %s |", clock(f.Inject.From), clock(f.Inject.To), what)
		if f.Remove == nil {
			add(f.Inject.To, "| – | – | **not seen to be removed**: %s |", what)
		} else {
			add(f.Remove.From, "| %s | %s | removed: %s |", clock(f.Remove.From), clock(f.Remove.To), what)
		}
	}
	for i := range p.r.Cells {
		c := &p.r.Cells[i]
		for n, w := range c.Windows {
			if n == mostWindows {
				add(w.From, "| | | %d more outages of %s |", len(c.Windows)-n, prose(titleOf(c)))
				break
			}
			end := "no end was seen"
			if w.To != nil {
				end = clock(*w.To)
			}
			add(w.From, "| %s | %s | outage of %s: %s, %s |", clock(w.From), end, prose(titleOf(c)), span(w.Length), counted(w.Requests, "bad request"))
		}
	}
	slices.SortStableFunc(list, func(a, b entry) int { return cmp.Compare(a.at, b.at) })
	p.line("| from | to | what |\n|---|---|---|")
	for _, e := range list {
		p.line("%s", e.text)
	}
}

// mostWindows is how many outages of a cell the timeline has.
const mostWindows = 10

// clock is a place on the time axis of the run: "40.012 s".
func clock(ms float64) string { return fmt.Sprintf("%.3f s", ms/1000) }

func (p *page) results() {
	p.line("\n## Results against the objectives\n\n| cell | verdict | recovery | failback | encryption | prediction |\n|---|---|---|---|---|---|")
	list, left := failedFirst(p.r), 0
	if left = len(list) - mostBlocks; left > 0 {
		list = list[:mostBlocks]
	}
	for _, c := range list {
		failback := "–"
		if c.Failback != nil {
			failback = span(*c.Failback)
		}
		p.line("| %s | %s %s | %s | %s | %s | %s |", prose(titleOf(c)), verdictMark[c.Verdict], prose(string(c.Verdict)), span(c.Recovery), failback, prose(string(c.Encryption.Proof)), prose(string(c.Static)))
	}
	if left > 0 {
		p.line("\n**%s**, of those that fared best, are not shown here; the JSON report has all.", counted(left, "more cell"))
	}
	for _, c := range list {
		p.line("\n<details><summary>%s %s</summary>\n", verdictMark[c.Verdict], prose(titleOf(c)))
		for _, reason := range c.Reasons {
			p.line("- **%s**", prose(reason))
		}
		p.line("- cell: %s", code(c.Cell))
		for _, row := range rows(p.r, c) {
			p.line("- %s: %s", row.name, prose(row.text))
		}
		p.line("\n</details>")
	}
}

// mostBlocks is how many cells, and how many findings, are told one by one.
const mostBlocks = 100
