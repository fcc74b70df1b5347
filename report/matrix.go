package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/passmuster/muster/analyzer/drilled"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// MatrixSchema names the version of the JSON of `muster matrix`. Its cells are those of a report.
const MatrixSchema = "muster.matrix/v1"

// MatrixJSON writes cells as JSON, with what drills have shown of them; x may be nil.
func MatrixJSON(w io.Writer, version string, cells []*failover.Cell, x *drilled.Index) error {
	o := newObject(w)
	o.member("schema", MatrixSchema)
	o.member("tool", ToolOf(version))
	members(o, "matrix", withEvidence(x, cells))
	o.member("summary", struct {
		Cells CellCounts `json:"cells"`
	}{CountCells(cells)})
	return o.close()
}

// kinds are those that have a table.
func (g *grid) kinds() []kind {
	var list []kind
	for k := range kinds {
		if len(g.scenarios[k]) > 0 {
			list = append(list, k)
		}
	}
	return list
}

// MatrixText writes cells as tables: a table for each kind of failure, a row for each service and
// port, a column for each scenario, and in it a mark for each fault, the worst over callers.
// filtered tells that cells were left out for what came out of them. A table of its own tells what drills have shown, unless x is
// nil.
func MatrixText(w io.Writer, t Terminal, cells []*failover.Cell, filtered bool, x *drilled.Index) error {
	p := newPen(w, t)
	g := gridOf(cells)
	for _, k := range g.kinds() {
		p.space()
		p.grid(g, k)
	}
	if len(cells) > 0 {
		p.space()
		p.legend(g.kinds())
		if filtered {
			p.painted(dim, "  ", t.glyph("·", ".")+" stands for other outcomes too: they are filtered out")
		}
		if len(g.faults) > 1 {
			p.painted(dim, "  ", "one mark per fault: "+strings.Join(faultNames(g.faults), ", "))
		}
		p.space()
	}
	if x != nil {
		p.drillTable(g, x, cells)
		p.space()
	}
	p.line(CountCells(cells).String())
	if len(cells) == 0 {
		p.painted(dim, "", "The filters leave none, no failure touches anything, or no service has an objective or intent: --all-services shows the others.")
	}
	return p.flush()
}

func faultNames(faults []failover.Fault) []string {
	list := make([]string, len(faults))
	for i, f := range faults {
		list[i] = string(f)
	}
	return list
}

// grid is a matrix on its way to tables.
type grid struct {
	names     names
	lines     []*gridLine
	scenarios [kinds][]string // columns
	faults    []failover.Fault
}

// gridLine is a row: a service, a port (or several that fare alike) and a subset.
type gridLine struct {
	service, subset string
	ports           []int
	worst           map[gridKey]failover.Outcome
}

type gridKey struct {
	kind   kind
	column string
	fault  failover.Fault
}

func gridOf(cells []*failover.Cell) *grid {
	g := &grid{}
	var ids []string
	var last *mesh.Service
	type key struct {
		service *mesh.Service
		port    int
		subset  string
	}
	lines := map[key]*gridLine{}
	seen := map[gridKey]bool{}
	for _, c := range cells {
		if c.Service != last {
			last = c.Service
			ids = append(ids, string(last.ID))
		}
		k := key{c.Service, c.Port, c.Subset}
		l := lines[k]
		if l == nil {
			l = &gridLine{service: string(c.Service.ID), subset: c.Subset, ports: []int{c.Port}, worst: map[gridKey]failover.Outcome{}}
			lines[k] = l
			g.lines = append(g.lines, l)
		}
		at := gridKey{kindOf(c.Scenario), column(c), c.Fault}
		l.worst[at] = worse(l.worst[at], c.Outcome)
		if head := (gridKey{at.kind, at.column, ""}); !seen[head] {
			seen[head] = true
			g.scenarios[at.kind] = append(g.scenarios[at.kind], at.column)
		}
		if !slices.Contains(g.faults, c.Fault) {
			g.faults = append(g.faults, c.Fault)
		}
	}
	for k := range kinds {
		slices.Sort(g.scenarios[k])
	}
	slices.SortFunc(g.faults, func(a, b failover.Fault) int {
		return cmp.Compare(slices.Index(failover.Faults[:], a), slices.Index(failover.Faults[:], b))
	})
	g.names = namesOf(ids)
	return g
}

// linesOf lists the lines that a kind of failure touches; ports that fare alike stand on one.
func (g *grid) linesOf(k kind) []*gridLine {
	var lines []*gridLine
next:
	for _, l := range g.lines {
		if !slices.ContainsFunc(g.scenarios[k], func(c string) bool { return g.touches(l, k, c) }) {
			continue
		}
		for _, m := range lines {
			if m.service == l.service && m.subset == l.subset && g.alike(m, l, k) {
				m.ports = append(m.ports, l.ports...)
				continue next
			}
		}
		joined := *l
		joined.ports = slices.Clone(l.ports)
		lines = append(lines, &joined)
	}
	slices.SortStableFunc(lines, func(a, b *gridLine) int {
		return cmp.Or(cmp.Compare(g.names.of(a.service), g.names.of(b.service)), cmp.Compare(a.ports[0], b.ports[0]), cmp.Compare(a.subset, b.subset))
	})
	return lines
}

func (g *grid) alike(a, b *gridLine, k kind) bool {
	for _, c := range g.scenarios[k] {
		for _, f := range g.faults {
			if at := (gridKey{k, c, f}); a.worst[at] != b.worst[at] {
				return false
			}
		}
	}
	return true
}

func (g *grid) name(l *gridLine) string {
	ports := make([]string, len(l.ports))
	for i, p := range l.ports {
		ports[i] = strconv.Itoa(p)
	}
	name := g.names.of(l.service) + ":" + strings.Join(ports, ",")
	if l.subset != "" {
		name += " " + l.subset
	}
	return name
}

// grid writes the tables of one kind: as many as it takes to keep to the width.
func (p *pen) grid(g *grid, k kind) {
	rows := g.linesOf(k)
	wide := 0
	for _, l := range rows {
		wide = max(wide, 2+utf8.RuneCountInString(g.name(l)))
	}
	heads := make([]string, len(g.scenarios[k]))
	for i, c := range g.scenarios[k] {
		heads[i] = p.t.shorten(printable(c), p.t.width()/2)
	}
	if k == kindZone {
		heads = withoutRegions(heads)
	}
	for i, part := range p.chunks(heads, wide, len(g.faults)) {
		if i > 0 {
			p.space()
		}
		columns := make([]string, len(part))
		table := make([]row, len(rows))
		for j, at := range part {
			columns[j] = heads[at]
			for n, l := range rows {
				table[n].entries = append(table[n].entries, p.marks(g, l, k, g.scenarios[k][at]))
			}
		}
		for n, l := range rows {
			table[n].name = g.name(l)
		}
		p.table(k.String(), columns, table)
	}
}

// withoutRegions cuts the regions off where the zones alone are clear.
func withoutRegions(zones []string) []string {
	short := make([]string, len(zones))
	for i, z := range zones {
		short[i] = z[strings.LastIndexByte(z, '/')+1:]
		if slices.Contains(short[:i], short[i]) {
			return zones
		}
	}
	return short
}

func (g *grid) touches(l *gridLine, k kind, column string) bool {
	return slices.ContainsFunc(g.faults, func(f failover.Fault) bool { return l.worst[gridKey{k, column, f}] != "" })
}

// marks is a mark per fault; a normal day has no faults, and a scenario that touches nothing
// needs only one mark to say so.
func (p *pen) marks(g *grid, l *gridLine, k kind, column string) []span {
	if k == kindToday || !g.touches(l, k, column) {
		worst := failover.Outcome("")
		for _, f := range g.faults {
			worst = worse(worst, l.worst[gridKey{k, column, f}])
		}
		mark, color := p.t.mark(worst)
		return []span{{mark, color}}
	}
	var entry []span
	for _, f := range g.faults {
		mark, color := p.t.mark(l.worst[gridKey{k, column, f}])
		entry = append(entry, span{mark, color})
	}
	return entry
}

// Candidates lists cell ids, the first few of them, for a person who has to choose.
func Candidates(cells []*failover.Cell, most int) string {
	var b strings.Builder
	for i, c := range cells {
		if i == most {
			fmt.Fprintf(&b, "  and %d more\n", len(cells)-most)
			break
		}
		b.WriteString("  " + printable(c.ID()) + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}
