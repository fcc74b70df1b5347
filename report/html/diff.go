package html

import (
	"io"

	"github.com/passmuster/muster/report"
)

// WriteDiff writes the page of what a change does to survival.
func WriteDiff(w io.Writer, d *report.Diff, o Options) error {
	return page{title: "muster diff", data: diffPayload(d, o)}.write(w)
}

// changes is the data of a diff's page. assets/diff.js reads it.
type changes struct {
	Kind     string                `json:"kind"` // diff
	Tool     report.Tool           `json:"tool"`
	Base     report.DiffSide       `json:"base"`
	Head     report.DiffSide       `json:"head"`
	Verdict  string                `json:"verdict"`
	Gate     report.Gate           `json:"gate"`
	Config   []report.ConfigChange `json:"config"`
	Services report.DiffServices   `json:"services"`
	Edges    report.DiffEdges      `json:"edges"`
	Groups   []report.CellGroup    `json:"groups"`
	Findings report.DiffFindings   `json:"findings"`
	Summary  report.DiffSummary    `json:"summary"`
	// Names are what text calls services, by id.
	Names map[string]string `json:"names"`
	// Columns are those of the map, and Spots where the cells of the i-th group are: service id, column, faults as bits.
	Columns  []column  `json:"columns"`
	Spots    [][]place `json:"spots"`
	Faults   []string  `json:"faults"`
	Snippets []snippet `json:"snippets"`
}

// place is one place of the map: service id, column, faults as bits.
type place [3]any

func diffPayload(d *report.Diff, o Options) *changes {
	e := newEncoder(&report.Report{}, o)
	out := &changes{
		Kind: "diff", Tool: d.Tool, Base: d.Base, Head: d.Head, Verdict: d.Verdict, Gate: d.Gate, Config: d.Config, Services: d.Services,
		Edges: d.Edges, Groups: d.Cells, Findings: d.Findings, Summary: d.Summary, Names: map[string]string{}, Spots: make([][]place, len(d.Cells)),
	}
	for _, f := range faults {
		out.Faults = append(out.Faults, string(f))
	}
	ids := out.ids()
	name := report.ShortNames(ids)
	for _, id := range ids {
		out.Names[id] = name(id)
	}
	for i := range d.Cells {
		g := &d.Cells[i]
		if !g.InBase {
			e.snippets.add(g.Position)
		}
		list := make([]string, 0, len(g.Cells)+1)
		for _, c := range g.Cells {
			list = append(list, c.ID)
		}
		if g.Worst.Head != nil {
			list = append(list, g.Worst.Head.ID)
		}
		out.Spots[i] = e.placesIn(g.Service, list)
	}
	for _, list := range [][]report.Finding{d.Findings.New, d.Findings.Raised} {
		for i := range list {
			e.snippets.add(list[i].Position)
		}
	}
	out.Columns, out.Snippets = e.columns.list, e.snippets.list()
	return out
}

// ids are the services that the page names.
func (c *changes) ids() []string {
	var ids []string
	seen := map[string]bool{}
	add := func(id string) {
		if id != "" && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for i := range c.Groups {
		add(c.Groups[i].Service)
	}
	for _, list := range [][]report.Service{c.Services.Added, c.Services.Removed} {
		for i := range list {
			add(list[i].ID)
		}
	}
	for _, list := range [][]report.DiffEdge{c.Edges.Added, c.Edges.Removed} {
		for _, e := range list {
			add(e.From)
			add(e.To)
		}
	}
	for _, list := range [][]report.Finding{c.Findings.New, c.Findings.Raised, c.Findings.Gone} {
		for i := range list {
			add(list[i].Service)
		}
	}
	return ids
}

// placesIn says where cells of a service are in the map.
func (e *encoder) placesIn(service string, cells []string) []place {
	e.services = map[string]int{service: 0}
	spots := e.spotsOf(cells)
	out := make([]place, 0, len(spots)/3)
	for i := 0; i < len(spots); i += 3 {
		out = append(out, place{service, spots[i+1], spots[i+2]})
	}
	return out
}
