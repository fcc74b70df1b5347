package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer/failover"
)

// survival is the worst outcome of one service per kind of failure, over faults, ports and
// callers.
type survival struct {
	service string
	worst   [kinds]failover.Outcome
}

// rank orders outcomes for "the worst of": lost, degraded, unknown, survives, none.
func rank(o failover.Outcome) int {
	switch o {
	case failover.Lost:
		return 4
	case failover.Degraded:
		return 3
	case failover.Unknown:
		return 2
	case failover.Survives:
		return 1
	}
	return 0
}

func worse(a, b failover.Outcome) failover.Outcome {
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// tally sums up a matrix. The cells of a service have to stand together, as they do in one.
type tally struct {
	survival []survival
	asked    [kinds]bool // about which failures
	faults   map[failover.Fault]bool
}

// add counts a cell, or the worst of several.
func (t *tally) add(service string, s failover.Scenario, f failover.Fault, o failover.Outcome) {
	if n := len(t.survival); n == 0 || t.survival[n-1].service != service {
		t.survival = append(t.survival, survival{service: service})
	}
	k := kindOf(s)
	w := &t.survival[len(t.survival)-1].worst[k]
	*w = worse(*w, o)
	if k == kindToday {
		return
	}
	t.asked[k] = true
	if t.faults == nil {
		t.faults = map[failover.Fault]bool{}
	}
	t.faults[f] = true
}

// conclude keeps what the text says of a whole matrix.
func (r *Report) conclude(t *tally) {
	r.survival = t.survival
	r.promises = promisesOf(r.Services, t)
}

func (s survival) total() failover.Outcome {
	worst := failover.Outcome("")
	for _, o := range s.worst {
		worst = worse(worst, o)
	}
	return worst
}

// mostSurvivors bounds the table: it is a summary, and `muster matrix` has the rest.
const mostSurvivors = 40

// survivalTable writes a row for each service that does not survive everything, the worst first.
// Both are what split makes of all.
func (p *pen) survivalTable(all, shown []survival, safe int, n names) {
	more := max(0, len(shown)-mostSurvivors)
	shown = shown[:len(shown)-more]
	columns := columnsOf(all)
	switch {
	case len(columns) == 0:
		return
	case len(shown) == 0:
		p.line(p.t.paint(bold, "Survival"))
	default:
		p.table("Survival", headsOf(columns), p.rows(shown, columns, n))
	}
	if more > 0 {
		p.line(fmt.Sprintf("  and %s; muster matrix lists them", count(more, "more service")))
	}
	if safe > 0 {
		mark, color := p.t.mark(failover.Survives)
		p.line("  " + p.t.paint(color, mark) + " " + verb(safe, "service survives", "services survive") + " all that was asked")
	}
	if len(shown) > 0 {
		p.legend(columns)
	}
}

// legend explains the marks of a table.
func (p *pen) legend(columns []kind) {
	p.line("  " + p.t.paint(dim, p.t.legend()))
	if slices.Contains(columns, kindCopy) {
		p.painted(dim, "  ", "copy: the service's own pods of one region, everything around them alive")
	}
	if slices.Contains(columns, kindRelease) {
		p.painted(dim, "  ", "release: a new version is bad, and requests have to go back")
	}
}

// split counts the services that survive everything, and sorts the others.
func split(all []survival, n names) (shown []survival, safe int) {
	type known struct { // so that nothing is looked up again for each comparison
		survival
		rank int
		name string
	}
	var weak []known
	for _, s := range all {
		total := s.total()
		if total == failover.Survives {
			safe++
			continue
		}
		weak = append(weak, known{s, rank(total), n.of(s.service)})
	}
	slices.SortStableFunc(weak, func(a, b known) int {
		return cmp.Or(cmp.Compare(b.rank, a.rank), strings.Compare(a.name, b.name))
	})
	for _, s := range weak {
		shown = append(shown, s.survival)
	}
	return shown, safe
}

func columnsOf(all []survival) []kind {
	var columns []kind
	for k := range kinds {
		if slices.ContainsFunc(all, func(s survival) bool { return s.worst[k] != "" }) {
			columns = append(columns, k)
		}
	}
	return columns
}

func headsOf(columns []kind) []string {
	heads := make([]string, len(columns))
	for i, k := range columns {
		heads[i] = k.String()
	}
	return heads
}

func (p *pen) rows(list []survival, columns []kind, n names) []row {
	rows := make([]row, len(list))
	for i, s := range list {
		rows[i].name = n.of(s.service)
		for _, k := range columns {
			mark, color := p.t.mark(s.worst[k])
			rows[i].entries = append(rows[i].entries, []span{{mark, color}})
		}
	}
	return rows
}
