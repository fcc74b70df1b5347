package drillreport

import (
	"embed"
	"io"
	"io/fs"
	"reflect"
	"strings"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/report"
	"github.com/passmuster/muster/report/html"
)

//go:embed assets
var assets embed.FS

// scripts follow those that all pages share.
var scripts = []string{"assets/words.js", "assets/chart.js", "assets/moment.js", "assets/cells.js", "assets/parts.js", "assets/main.js"}

var styles = []string{"assets/drill.css"}

// HTML writes the page of a drill: one file for a browser that makes no requests.
func HTML(w io.Writer, r *audit.Report) error {
	p := html.Page{Title: "muster drill", Data: settled(reflect.ValueOf(pageOf(r)).Elem()).Interface(), Again: "muster convert -o text REPORT.json"}
	for _, list := range []struct {
		names []string
		into  *[]string
	}{{scripts, &p.Scripts}, {styles, &p.Styles}} {
		for _, name := range list.names {
			text, err := fs.ReadFile(assets, name)
			if err != nil {
				return err
			}
			*list.into = append(*list.into, string(text))
		}
	}
	return p.Write(w)
}

// What the page shows. Texts are ready to be read; assets/*.js draw and arrange.
type (
	pageData struct {
		Kind       string         `json:"kind"` // drill
		Tool       string         `json:"tool"`
		Name       string         `json:"name"`
		Run        string         `json:"run"`
		When       string         `json:"when"`
		Verdict    string         `json:"verdict"`
		Objective  string         `json:"objective"`
		Reasons    []string       `json:"reasons"`
		Next       []string       `json:"next"`
		Doubts     []string       `json:"doubts"`
		Coverage   audit.Coverage `json:"coverage"`
		Digests    [][2]string    `json:"digests"`
		Cells      []pageCell     `json:"cells"`
		Left       string         `json:"left"` // what is not shown
		Tally      map[string]int `json:"tally"`
		DriftTotal int            `json:"driftTotal"`
		Drift      []pageDrift    `json:"drift"`
		Statements []statementRow `json:"statements"`
		People     [][2]string    `json:"people"`
		Followups  [][4]string    `json:"followups"`
		Promises   [][2]string    `json:"promises"`
		Sources    []pageSource   `json:"sources"`
		Proves     string         `json:"proves"`
	}
	pageCell struct {
		ID       string      `json:"id"`
		Title    string      `json:"title"`
		Source   string      `json:"source"`
		Verdict  string      `json:"verdict"`
		Reasons  []string    `json:"reasons"`
		Rows     [][2]string `json:"rows"`
		Recovery string      `json:"recovery"`
		Failback string      `json:"failback"`
		Proof    string      `json:"proof"`
		Static   string      `json:"static"`
		Next     []string    `json:"next"`
		Doubts   []string    `json:"doubts"`
		Drift    []pageDrift `json:"drift"`
		Chart    chart       `json:"chart"`
	}
	// chart is what is drawn of a cell, on the time axis of the run in ms.
	chart struct {
		Buckets [][]float64    `json:"buckets"` // see bucketsOf
		Places  []string       `json:"places"`
		Faults  []audit.Fault  `json:"faults"`
		Windows []audit.Window `json:"windows"`
		// RTO is when the objective ends that the injection began, and Predicted between when recovery was predicted; nil = it was not.
		RTO       *float64    `json:"rto"`
		RTOText   string      `json:"rtoText"`
		Predicted *[2]float64 `json:"predicted"`
		Summary   string      `json:"summary"`
	}
	pageDrift struct {
		Class    string   `json:"class"`
		Title    string   `json:"title"`
		Severity string   `json:"severity"`
		Cell     string   `json:"cell"`
		Message  string   `json:"message"`
		Expected string   `json:"expected"`
		Observed string   `json:"observed"`
		At       string   `json:"at"`
		Rules    []string `json:"rules"`
		Evidence []string `json:"evidence"`
		Next     string   `json:"next"`
		Blocks   bool     `json:"blocks"`
	}
	statementRow struct {
		Standing string `json:"standing"`
		What     string `json:"what"`
		At       string `json:"at"`
		Says     string `json:"says"`
		Saw      string `json:"saw"`
	}
	pageSource struct {
		Name, Format, SHA256, Head, Broken string
		Lines                              int64
		Complete                           bool
		Notes                              []string
	}
)

// What the page lists one by one: cells, and all else.
const (
	mostShown  = 200
	mostListed = 500
)

func pageOf(r *audit.Report) *pageData {
	p := &pageData{
		Kind: "drill", Tool: cut(r.Tool), Name: cut(runName(r)), Run: cut(r.Run), When: when(r), Verdict: string(r.Verdict), Reasons: cutAll(r.Reasons),
		Next: cutAll(nextOfAll(r)), Doubts: doubtTexts(r.Doubts), Coverage: r.Coverage, Proves: oneProves(r.Statistics),
		Cells: []pageCell{}, Drift: []pageDrift{}, Statements: []statementRow{}, Sources: []pageSource{}, People: [][2]string{}, Followups: [][4]string{}, Promises: [][2]string{},
		Digests: [][2]string{{"Plan", cut(r.PlanDigest)}, {"Configuration", cut(r.ConfigDigest)}},
	}
	p.Coverage.FaultModes, p.Coverage.Missing = cutAll(r.Coverage.FaultModes), cutAll(r.Coverage.Missing)
	if r.LiveConfigDigest != "" {
		p.Digests = append(p.Digests, [2]string{"Configuration that proxies held", cut(r.LiveConfigDigest)})
	}
	listed := failedFirst(r)
	if left := len(listed) - mostShown; left > 0 {
		p.Left = counted(left, "more cell") + ", of those that fared best: the JSON report has all."
		listed = listed[:mostShown]
	}
	p.Tally = map[string]int{}
	for i := range r.Cells {
		p.Tally[string(r.Cells[i].Verdict)]++
	}
	for _, c := range listed {
		p.Cells = append(p.Cells, pageCellOf(r, c))
	}
	drift := allDrift(r)
	p.DriftTotal = len(drift)
	for _, d := range drift {
		if len(p.Drift) < mostListed {
			p.Drift = append(p.Drift, pageDriftOf(d))
		}
	}
	for _, group := range []struct {
		standing string
		list     []audit.Statement
	}{{"refuted", r.Static.Refuted}, {"confirmed", r.Static.Confirmed}, {"untested", r.Static.Untested}} {
		for _, s := range group.list[:min(len(group.list), mostListed)] {
			what := cellName(s.Cell)
			if s.Rule != "" {
				what = cut(s.Rule)
			}
			p.Statements = append(p.Statements, statementRow{group.standing, what, cut(s.At), cut(s.Says), cut(s.Saw)})
		}
	}
	for _, s := range r.Sources[:min(len(r.Sources), mostListed)] {
		p.Sources = append(p.Sources, pageSource{cut(s.Name), cut(s.Format), cut(s.SHA256), cut(s.Head), cut(s.Broken), s.Lines, s.Complete, cutAll(s.Notes)})
	}
	p.planned(r)
	return p
}

// planned is what the plan says of people, promises and follow-ups.
func (p *pageData) planned(r *audit.Report) {
	if r.Plan == nil {
		return
	}
	p.Objective = cut(r.Plan.Objective)
	o := r.Plan.People
	for _, row := range [][2]string{
		{"Owner", r.Plan.Metadata.Owner}, {"Participants", strings.Join(o.Participants, ", ")}, {"Approvers", strings.Join(o.Approvers, ", ")},
		{"Had to do without", strings.Join(o.Excluded, ", ")}, {"Told before and after", strings.Join(o.Stakeholders, ", ")}, {"Channel", o.Comms}, {"Independence", o.Independence},
	} {
		if row[1] != "" {
			p.People = append(p.People, [2]string{row[0], cut(row[1])})
		}
	}
	for _, f := range r.Plan.Followups {
		state := "open"
		if f.Closed != "" {
			state = "closed by " + cut(f.Closed)
		}
		p.Followups = append(p.Followups, [4]string{cut(f.Finding), cut(f.Owner), cut(f.Due), state})
	}
	p.Promises = promises(r.Plan)
}

func pageCellOf(r *audit.Report, c *audit.Cell) pageCell {
	out := pageCell{
		ID: cut(c.Cell), Title: titleOf(c), Source: source(c), Verdict: string(c.Verdict), Reasons: cutAll(c.Reasons), Recovery: span(c.Recovery), Failback: "–",
		Proof: string(c.Encryption.Proof), Static: string(c.Static), Next: append([]string{}, next(r, c)...), Doubts: doubtTexts(c.Doubts), Drift: []pageDrift{}, Rows: [][2]string{},
		Chart: chartOf(r, c),
	}
	if c.Failback != nil {
		out.Failback = span(*c.Failback)
	}
	for _, row := range rows(r, c) {
		out.Rows = append(out.Rows, [2]string{row.name, cut(row.text)})
	}
	for _, d := range worstFirst(c.Drift) {
		out.Drift = append(out.Drift, pageDriftOf(d))
	}
	return out
}

func pageDriftOf(d audit.Drift) pageDrift {
	out := pageDrift{
		Class: d.Class, Title: ClassOf(d.Class).Title, Severity: string(d.Severity), Message: cut(d.Message), Expected: cut(d.Expected), Observed: cut(d.Observed), At: cut(d.At),
		Rules: cutAll(d.Rules), Evidence: cutAll(references(d.Evidence)), Next: ClassOf(d.Class).Next, Blocks: d.Blocks,
	}
	if d.Cell != "" {
		out.Cell = cellName(d.Cell)
	}
	return out
}

func doubtTexts(list []audit.Doubt) []string {
	out := []string{}
	for _, d := range list {
		out = append(out, cut(d.Text))
	}
	return out
}

func cutAll(list []string) []string {
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = report.OneLine(text, longest)
	}
	return out
}
