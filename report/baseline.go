package report

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/baseline"
)

// BaselineSchema names the version of the JSON of a comparison.
const BaselineSchema = "muster.baseline-diff/v1"

// BaselineDiff is what an audit finds beyond a baseline, and what the baseline has beyond the audit.
type BaselineDiff struct {
	Schema string           `json:"schema"`
	Tool   Tool             `json:"tool"`
	New    []Finding        `json:"new"`
	Gone   []baseline.Entry `json:"gone"`
	Known  int              `json:"known"`
	// Incomplete: not everything was read, so that what is gone may only be hidden.
	Incomplete bool `json:"incomplete"`
}

// NewBaselineDiff is c in the terms of reports.
func NewBaselineDiff(version string, c baseline.Comparison, incomplete bool) *BaselineDiff {
	d := &BaselineDiff{
		Schema: BaselineSchema, Tool: ToolOf(version), New: make([]Finding, len(c.New)),
		Gone: append([]baseline.Entry{}, c.Gone...), Known: len(c.Known), Incomplete: incomplete,
	}
	for i, f := range c.New {
		d.New[i] = findingOf(f, false)
	}
	return d
}

// Worst is the most severe level of the new findings; "" if there are none.
func (d *BaselineDiff) Worst() analyzer.Level {
	worst := analyzer.Level("")
	for _, f := range d.New {
		if l := analyzer.Level(f.Level); worst == "" || l.AtLeast(worst) {
			worst = l
		}
	}
	return worst
}

// JSON writes the comparison for programs.
func (d *BaselineDiff) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(d)
}

// Text writes the comparison for a person. line may be nil.
func (d *BaselineDiff) Text(w io.Writer, t Terminal, line Line) error {
	p := &printer{pen: newPen(w, t), snippets: line, report: &Report{}}
	if len(d.New) > 0 {
		p.line(p.t.paint(bold, "New") + "  " + p.t.paint(dim, "the baseline does not have these"))
		for i := range d.New {
			p.finding(&d.New[i])
		}
	}
	if len(d.Gone) > 0 {
		why := "nobody finds these any more; muster baseline prune removes them"
		if d.Incomplete {
			why = "not found, which may be because not everything was read"
		}
		p.space()
		p.line(p.t.paint(bold, "Gone") + "  " + p.t.paint(dim, why))
		for _, e := range d.Gone {
			p.space()
			p.line(printable(e.Rule + "  " + resourceName(e.Resource)))
			p.paragraph("  ", e.Message)
		}
	}
	p.space()
	p.line(fmt.Sprintf("%d new, %d gone, %d known", len(d.New), len(d.Gone), d.Known))
	return p.flush()
}
