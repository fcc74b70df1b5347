package report

import (
	"cmp"
	"io"
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/diff"
	"github.com/passmuster/muster/mesh"
)

// DiffInput is what a diff is made of. Findings and groups come sorted.
type DiffInput struct {
	Version    string // of muster
	Base, Head DiffState
	Result     *diff.Result
	Config     []ConfigChange
	// FailOn is the level at which the gate fails: error, warning, note or none; "" is error.
	FailOn string
	// FailOnUnproven: the gate fails, too, where something is no longer proven.
	FailOnUnproven bool
	// AcceptConfig: changes that weaken what muster judges by do not fail the gate.
	AcceptConfig bool
	// BaseLine and HeadLine return source lines of a side for snippets; nil = there are none to show.
	BaseLine, HeadLine Line
	// BaseFile and HeadFile return a file of a side, by the name that positions of either side have for it, or false
	// if the side has none. Changed lines are shown only if both are there.
	BaseFile, HeadFile func(file string) ([]byte, bool)
}

// DiffState is one of the two states.
type DiffState struct {
	Name     string // a directory or a revision, as given
	Revision string // of git, or ""
	Inputs   Inputs
	Services []*mesh.Service
	Findings []*analyzer.Finding // those that somebody accepted included
	Cells    CellCounts
}

// mostCells is how many cells of a group are listed; the others are counted.
const mostCells = 20

// NewDiff tells what a change does to survival.
func NewDiff(in DiffInput) *Diff {
	r := in.Result
	d := &Diff{
		Tool: ToolOf(in.Version), Base: sideOf(&in.Base), Head: sideOf(&in.Head),
		Config:   append([]ConfigChange{}, in.Config...),
		Services: DiffServices{Added: servicesOf(r.ServicesAdded), Removed: servicesOf(r.ServicesRemoved)},
		Edges:    DiffEdges{Added: edgesOf(r.EdgesAdded), Removed: edgesOf(r.EdgesRemoved)},
		Cells:    make([]CellGroup, len(r.Groups)),
		baseLine: in.BaseLine, headLine: in.HeadLine,
	}
	shown := changedLines{base: in.BaseFile, head: in.HeadFile}
	for i, g := range r.Groups {
		d.Cells[i] = groupOf(g, &shown)
	}
	raised := make([]*analyzer.Finding, len(r.Raised))
	for i, f := range r.Raised {
		raised[i] = f.Head
	}
	d.Findings = DiffFindings{
		New: findingsOf(r.New, in.HeadFile), Raised: findingsOf(raised, in.HeadFile), Gone: findingsOf(r.Gone, in.BaseFile), Unchanged: len(r.Unchanged),
	}
	d.Summary.Cells = DiffCells(r.Cells)
	d.sum()
	d.Gate = d.gate(in.FailOn, in.FailOnUnproven, in.AcceptConfig)
	d.Verdict = d.verdict()
	return d
}

// sum counts findings and changes of config.
func (d *Diff) sum() {
	d.Summary.New, d.Summary.Raised, d.Summary.Gone = summed(d.Findings.New), summed(d.Findings.Raised), summed(d.Findings.Gone)
	d.Summary.Weakened = 0
	for _, c := range d.Config {
		if c.Weakens {
			d.Summary.Weakened++
		}
	}
}

func summed(list []Finding) (n Summary) {
	for i := range list {
		n.add(&list[i])
	}
	return n
}

func sideOf(s *DiffState) DiffSide {
	out := DiffSide{Name: s.Name, Revision: s.Revision, Inputs: s.Inputs.settle(), Services: len(s.Services), Summary: Summary{Cells: s.Cells}}
	for _, f := range s.Findings {
		out.Summary.add(&Finding{Level: string(f.Level), Suppressed: acceptedBy(f)})
	}
	return out
}

func acceptedBy(f *analyzer.Finding) *Suppressed {
	if f.Suppressed == nil {
		return nil
	}
	return suppressedOf(f.Suppressed)
}

func servicesOf(list []*mesh.Service) []Service {
	out := make([]Service, len(list))
	for i, s := range list {
		out[i] = serviceOf(s)
	}
	return out
}

func edgesOf(list []diff.Edge) []DiffEdge {
	out := make([]DiffEdge, len(list))
	for i, e := range list {
		out[i] = DiffEdge{From: string(e.From), To: string(e.To), Strong: e.Strong, What: e.What, Position: Position{e.Origin}}
	}
	return out
}

// findingsOf hashes the lines of findings, too, as far as their files are at hand.
func findingsOf(list []*analyzer.Finding, file func(string) ([]byte, bool)) []Finding {
	r := Report{Findings: make([]Finding, len(list))}
	for i, f := range list {
		r.Findings[i] = findingOf(f, false)
	}
	if file != nil {
		r.HashLines(func(name string) ([]byte, error) {
			if text, ok := file(name); ok {
				return text, nil
			}
			return nil, errNoFile
		})
	}
	return r.Findings
}

func groupOf(g *diff.Group, shown *changedLines) CellGroup {
	first := g.Cells[0]
	out := CellGroup{
		Change: string(g.Change), Level: string(cmp.Or(g.Level, analyzer.Note)), Service: string(g.Service.ID),
		Ports: append([]int{}, g.Ports...), Worst: pairOf(first), Count: len(g.Cells) + g.More,
		Cells: make([]CellChange, min(len(g.Cells), mostCells)),
	}
	for i := range out.Cells {
		c := g.Cells[i]
		out.Cells[i] = CellChange{ID: c.ID, Base: gistOf(c.Base), Head: gistOf(c.Head)}
	}
	why := reasonOf(g)
	if out.Cause, out.InBase = upTo(why.text, longestText), why.inBase; out.Cause == "" && why.lost != "" {
		out.Cause = upTo("the base relied on "+g.Lost.What, longestText)
	}
	out.Position = Position{why.at}
	out.Message = sentence(g, out.Worst, why)
	out.Lines = shown.next(why.places)
	if g.Change == diff.Fails {
		out.Lines = []string{} // all of it is new
	}
	return out
}

func pairOf(p diff.Pair) CellPair {
	var out CellPair
	if p.Base != nil {
		out.Base = cellOf(p.Base)
	}
	if p.Head != nil {
		out.Head = cellOf(p.Head)
	}
	return out
}

// GitLab writes the new findings for GitLab's Code Quality.
func (d *Diff) GitLab(w io.Writer, o Options) error { return d.NewFindings().GitLab(w, o) }

// SARIF writes the new findings for code scanning.
func (d *Diff) SARIF(w io.Writer, o Options) error { return d.NewFindings().SARIF(w, o) }

// NewFindings is a report of what is new, and of what is more severe than before: for the formats that tell of findings.
func (d *Diff) NewFindings() *Report {
	r := &Report{
		Tool: d.Tool, Inputs: d.Head.Inputs.settle(), Services: slices.Clone(d.Services.Added), Findings: slices.Concat(d.Findings.New, d.Findings.Raised),
		Cells: slices.Values([]*Cell(nil)),
	}
	for i := range r.Findings {
		r.Summary.add(&r.Findings[i])
	}
	r.conclude(&tally{})
	return r
}
