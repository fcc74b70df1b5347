package drillreport

import (
	"maps"
	"slices"
	"strings"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/measure"
)

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// next is what to do about a cell, the most important first.
func next(r *audit.Report, c *audit.Cell) []string {
	steps := steps{}
	for _, d := range worstFirst(c.Drift) {
		steps.add(ClassOf(d.Class).Next)
	}
	for _, d := range c.Doubts {
		steps.add(remedy(d))
	}
	if c.Verdict == measure.Inconclusive && len(c.Doubts) == 0 {
		if c.Recovery.Upper == nil {
			steps.add("Hold the fault for longer, and watch for longer after it: no end of the outage was seen.")
		} else {
			steps.add("Probe faster: " + faster(r))
		}
	}
	if c.Encryption.Proof == audit.Unproven && c.Observed.During.Good > 0 && !slices.ContainsFunc(c.Drift, func(d audit.Drift) bool { return d.Class == "D08" }) {
		steps.add(ClassOf("D08").Next)
	}
	if c.Static == audit.Refuted {
		steps.add("The prediction was refuted. Check that the scan read all that is deployed; if it did, the model is wrong: please report it.")
	}
	return steps.list
}

// nextOfAll is what to do that concerns no one cell.
func nextOfAll(r *audit.Report) []string {
	steps := steps{}
	for _, d := range worstFirst(r.Drift) {
		steps.add(ClassOf(d.Class).Next)
	}
	for _, d := range r.Doubts {
		steps.add(remedy(d))
	}
	if missing := r.Coverage.Missing; len(missing) > 0 && !slices.ContainsFunc(r.Drift, func(d audit.Drift) bool { return d.Class == "D21" }) {
		steps.add("Drill what is missing: " + strings.Join(missing, ", ") + ". A drill that only kills processes passes configurations that a hang breaks.")
	}
	return steps.list
}

// steps are said once each.
type steps struct{ list []string }

func (s *steps) add(text string) {
	if text != "" && !slices.Contains(s.list, text) {
		s.list = append(s.list, text)
	}
}

func remedy(d audit.Doubt) string {
	if text := remedies[d.Kind]; text != "" {
		return strings.ToUpper(text[:1]) + text[1:] + "."
	}
	return ""
}

// faster says how often to ask: a tenth of the objective tells apart what keeps it and what does not.
func faster(r *audit.Report) string {
	if r.Plan == nil || r.Plan.Objectives.RTO <= 0 {
		return "the bound lies inside of the measured interval."
	}
	return "the objective of " + lasting(r.Plan.Objectives.RTO) + " lies inside of what was measured or is too near; send a request every " +
		lasting(r.Plan.Objectives.RTO/10) + " or more often."
}

var severityRank = map[audit.Severity]int{audit.Critical: 0, audit.High: 1, audit.Medium: 2, audit.Low: 3}

func worstFirst(list []audit.Drift) []audit.Drift {
	return slices.SortedStableFunc(slices.Values(list), func(a, b audit.Drift) int { return severityRank[a.Severity] - severityRank[b.Severity] })
}

var verdictRank = map[measure.Verdict]int{measure.Fail: 0, measure.Inconclusive: 1, measure.Pass: 2}

// failedFirst are the cells in the order in which people read them.
func failedFirst(r *audit.Report) []*audit.Cell {
	list := make([]*audit.Cell, len(r.Cells))
	for i := range r.Cells {
		list[i] = &r.Cells[i]
	}
	slices.SortStableFunc(list, func(a, b *audit.Cell) int { return verdictRank[a.Verdict] - verdictRank[b.Verdict] })
	return list
}

// allDrift is that of the cells and that of none, the worst first.
func allDrift(r *audit.Report) []audit.Drift {
	list := slices.Clone(r.Drift)
	for i := range r.Cells {
		for _, d := range r.Cells[i].Drift {
			if d.Cell == "" {
				d.Cell = r.Cells[i].Cell
			}
			list = append(list, d)
		}
	}
	return worstFirst(list)
}
