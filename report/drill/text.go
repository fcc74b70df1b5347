package drillreport

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/report"
)

// Colours by what they mean.
const (
	bold    = "1"
	dim     = "2"
	red     = "31"
	green   = "32"
	yellow  = "33"
	magenta = "35"
	cyan    = "36"
)

var verdictColor = map[measure.Verdict]string{measure.Pass: green, measure.Fail: red, measure.Inconclusive: yellow}

var severityColor = map[audit.Severity]string{audit.Critical: "1;" + red, audit.High: red, audit.Medium: yellow, audit.Low: cyan}

// Text writes the report for a person at a terminal: the verdict with its reasons, a block for each cell, and what to do next.
func Text(w io.Writer, r *audit.Report, t report.Terminal) error {
	p := &printer{Pen: report.NewPen(w, t), t: t, r: r}
	p.verdict()
	for i, c := range failedFirst(r) {
		if i == mostBlocks {
			p.Space()
			p.Paragraph(dim, "", counted(len(r.Cells)-i, "more cell")+", of those that fared best; -o json has all")
			break
		}
		p.cell(c)
	}
	p.rest()
	p.footer()
	return p.Flush()
}

type printer struct {
	report.Pen
	t report.Terminal
	r *audit.Report
}

func (p *printer) mark(v measure.Verdict) string {
	switch v {
	case measure.Pass:
		return p.t.Glyph("✓", "+")
	case measure.Fail:
		return p.t.Glyph("✗", "x")
	default:
		return "?"
	}
}

// shown is text of inputs inside of a line.
func (p *printer) shown(text string, most int) string {
	return p.t.Shorten(report.OneLine(text, longest), most)
}

func (p *printer) verdict() {
	r := p.r
	name := r.Run
	if r.Plan != nil && r.Plan.Metadata.ID != "" {
		name = r.Plan.Metadata.ID + ", run " + r.Run
	}
	p.Line(p.t.Paint("1;"+verdictColor[r.Verdict], p.mark(r.Verdict)+" "+verdictWord(r.Verdict)) + "  " + p.t.Paint(bold, p.shown(name, 60)))
	if r.Plan != nil {
		p.Paragraph("", "", r.Plan.Objective)
	}
	for _, reason := range r.Reasons {
		p.Paragraph("", "  "+p.t.Glyph("• ", "- "), reason)
	}
	p.Paragraph(dim, "", strings.Join(p.head(), p.t.Glyph(" · ", " - ")))
}

func (p *printer) head() []string {
	r := p.r
	parts := []string{fmt.Sprintf("%d of %s probed", r.Coverage.Probed, counted(r.Coverage.Expected, "cell")), when(r)}
	if r.PlanDigest != "" {
		parts = append(parts, "plan "+digest(r.PlanDigest))
	}
	if r.ConfigDigest != "" {
		parts = append(parts, "configuration "+digest(r.ConfigDigest))
	}
	if r.LiveConfigDigest != "" && r.LiveConfigDigest != r.ConfigDigest {
		parts = append(parts, "live configuration "+digest(r.LiveConfigDigest))
	}
	return parts
}

// when says when the run was, in UTC.
func when(r *audit.Report) string {
	from, to := r.Began.UTC(), r.Ended.UTC()
	if from.Format("2006-01-02") == to.Format("2006-01-02") {
		return from.Format("2006-01-02 15:04:05") + " to " + to.Format("15:04:05") + " UTC"
	}
	return from.Format("2006-01-02 15:04:05") + " to " + to.Format("2006-01-02 15:04:05") + " UTC"
}

func (p *printer) cell(c *audit.Cell) {
	p.Space()
	p.Line(p.t.Paint("1;"+verdictColor[c.Verdict], p.mark(c.Verdict)+" "+report.OneLine(string(c.Verdict), 40)) + "  " + p.t.Paint(bold, p.shown(titleOf(c), 200)))
	for _, reason := range c.Reasons {
		p.Paragraph("", "    "+p.t.Glyph("• ", "- "), reason)
	}
	for _, row := range rows(p.r, c) {
		p.Paragraph(row.color, "    "+row.name+strings.Repeat(" ", max(1, 13-len(row.name))), row.text)
	}
	for _, d := range worstFirst(c.Drift) {
		p.drift(d)
	}
	for _, d := range c.Doubts {
		p.Paragraph(yellow, "    doubt        ", d.Text)
	}
	p.next("    ", next(p.r, c))
}

// row is one line about a cell.
type row struct{ name, text, color string }

// rows compare what was expected with what was seen. Text and Markdown share them.
func rows(r *audit.Report, c *audit.Cell) []row {
	o := &c.Observed
	settled := &o.During
	if o.Settled.Good+o.Settled.Bad+o.Settled.Unknown > 0 {
		settled = &o.Settled
	}
	list := []row{
		{"outcome", "expected " + outcomeOf(c.Expected.Outcome, c.Expected.FailingShare) + "; saw " + outcomeOf(o.Outcome, o.FailingShare), ""},
		{"before", "expected " + expectedShares(c.Expected.Before) + "; saw " + sharesOf(&o.Before) + "; " + tally(&o.Before), ""},
		{"during", "expected " + expectedShares(c.Expected.During) + "; saw " + sharesOf(settled) + "; " + tally(&o.During) + failures(&o.During), ""},
		{"after", "expected " + expectedShares(c.Expected.After) + "; saw " + sharesOf(&o.After) + "; " + tally(&o.After), ""},
		{"outage", outage(c), ""},
		{"recovery", recovery(r, c), ""},
	}
	optional := func(name string, i *audit.Interval, suffix string) {
		if i != nil {
			list = append(list, row{name, span(*i) + suffix, ""})
		}
	}
	detect, failback := "", ""
	if r.Plan != nil && r.Plan.Objectives.Detect > 0 {
		detect = "; objective " + lasting(r.Plan.Objectives.Detect)
	}
	if r.Plan != nil && r.Plan.Objectives.Failback > 0 {
		failback = "; objective " + lasting(r.Plan.Objectives.Failback)
	}
	if c.Damage > 0 {
		failback += "; " + counted(c.Damage, "request") + " failed while traffic returned"
	}
	optional("detection", c.Detection, detect)
	optional("failover", c.Failover, "")
	if len(c.Stages) > 0 {
		var parts []string
		for _, s := range c.Stages {
			parts = append(parts, s.Name+" "+span(s.Took))
		}
		list = append(list, row{"stages", strings.Join(parts, "; "), ""})
	}
	optional("failback", c.Failback, failback)
	list = append(list, row{"latency", fmt.Sprintf("p99 before %s ms, during %s ms, after %s ms", ms(o.Before.P99), ms(o.During.P99), ms(o.After.P99)), ""})
	color := ""
	switch c.Encryption.Proof {
	case audit.Violated:
		color = red
	case audit.Unproven:
		color = yellow
	}
	list = append(list, row{"encryption", encryptionOf(c), color})
	if b := c.Budget; b != nil {
		list = append(list, row{"budget", fmt.Sprintf("%s of the error budget of %s (%s)", percent(b.Burn), lasting(b.Window), percent(b.Target)), ""})
	}
	color = ""
	if c.Static == audit.Refuted {
		color = magenta
	}
	return append(list, row{"prediction", string(c.Static) + "; seen by " + source(c), color})
}

func outcomeOf(outcome string, failing float64) string {
	if outcome == "degraded" && failing > 0 {
		return outcome + " (" + percent(failing) + " of the requests fail)"
	}
	return outcome
}

// failures say how requests failed.
func failures(p *audit.Phase) string {
	text := ""
	if len(p.Errors) > 0 {
		text += " (" + countsOf(p.Errors) + ")"
	}
	if len(p.Flags) > 0 {
		text += ", flags " + countsOf(p.Flags)
	}
	return text
}

func ms(x float64) string { return strconv.FormatFloat(x, 'f', 0, 64) }

func (p *printer) drift(d audit.Drift) {
	line := "    " + p.t.Paint(severityColor[d.Severity], p.shown(string(d.Severity), 40)+" "+p.shown(d.Class+" "+d.Name, 80))
	if d.At != "" {
		line += "  " + p.shown(d.At, 300)
	}
	p.Line(line)
	p.Paragraph("", "      ", d.Message)
	if d.Expected != "" || d.Observed != "" {
		p.Paragraph(dim, "      ", "expected "+d.Expected+"; observed "+d.Observed)
	}
	if len(d.Rules) > 0 {
		p.Paragraph(dim, "      ", "said by the scan: "+strings.Join(d.Rules, ", "))
	}
	for _, e := range references(d.Evidence) {
		p.Paragraph(dim, "      ", "evidence: "+e)
	}
	if d.Blocks {
		p.Paragraph(yellow, "      ", "no verdict can be drawn while this stands")
	}
}

// references are places in sources, as "p1.ndjson:120-180 (31 lines)".
func references(list []audit.Reference) []string {
	var out []string
	for i, e := range list {
		if i == mostNames {
			return append(out, fmt.Sprintf("%d more places", len(list)-i))
		}
		text := e.Source
		if e.First > 0 {
			text += ":" + strconv.Itoa(e.First)
			if e.Last > e.First {
				text += "-" + strconv.Itoa(e.Last)
			}
		}
		if e.Count > 0 {
			text += " (" + counted(e.Count, "line") + ")"
		}
		out = append(out, text)
	}
	return out
}

func (p *printer) next(indent string, list []string) {
	for i, text := range list {
		head := indent + "next         "
		if i > 0 {
			head = indent + "             "
		}
		p.Paragraph(cyan, head, text)
	}
}

// rest is what concerns no one cell.
func (p *printer) rest() {
	steps := nextOfAll(p.r)
	if len(p.r.Drift)+len(p.r.Doubts)+len(steps) > 0 {
		p.Space()
		p.Line(p.t.Paint(bold, "The drill as a whole"))
		for _, d := range worstFirst(p.r.Drift) {
			p.drift(d)
		}
		for _, d := range p.r.Doubts {
			p.Paragraph(yellow, "    doubt        ", d.Text)
		}
		p.next("    ", steps)
	}
	a := p.r.Static
	if len(a.Confirmed)+len(a.Refuted)+len(a.Untested) == 0 {
		return
	}
	p.Space()
	p.Line(p.t.Paint(bold, "Predictions and findings") + "  " + p.t.Paint(dim, fmt.Sprintf("%d confirmed, %d refuted, %d untested", len(a.Confirmed), len(a.Refuted), len(a.Untested))))
	p.statements("refuted", magenta, a.Refuted)
	p.statements("confirmed", green, a.Confirmed)
	p.statements("untested", dim, a.Untested)
}

// mostStatements is how many predictions of a kind are told one by one.
const mostStatements = 10

func (p *printer) statements(standing, color string, list []audit.Statement) {
	for i, s := range list {
		if i == mostStatements {
			p.Paragraph(dim, "  ", fmt.Sprintf("and %d more %s; -o json has all", len(list)-i, standing))
			return
		}
		p.Paragraph(color, "  "+standing+strings.Repeat(" ", 11-len(standing)), statement(s))
	}
}

// statement says what was predicted and what was seen.
func statement(s audit.Statement) string {
	text := cellName(s.Cell)
	if s.Rule != "" {
		text = s.Rule
	}
	if s.At != "" {
		text += " at " + s.At
	}
	text += ": " + s.Says
	if s.Saw != "" {
		text += "; saw " + s.Saw
	}
	return text
}

func (p *printer) footer() {
	p.Space()
	p.Paragraph(dim, "", oneProves(p.r.Statistics))
	if miss := p.r.Statistics.Miss; miss > 0 {
		p.Paragraph(dim, "", "An outage as long as the objective is missed by the prober with a probability of "+percent(miss)+".")
	}
	for _, s := range p.r.Sources {
		if s.Broken != "" {
			p.Paragraph(red, "", "source "+s.Name+" was changed after it was written: "+s.Broken)
		}
		if !s.Complete {
			p.Paragraph(yellow, "", "source "+s.Name+" is not complete: it ends without its footer")
		}
	}
}
