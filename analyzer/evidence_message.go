package analyzer

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Failures names what fails in cells, for sentences, the first few of it: "us-east-1 (crash, hang), zone us-east-1/b (hang) and 2
// more failures".
func Failures(cells []*DrilledCell) string {
	const most = 3
	var names []string
	faults := map[string][]string{}
	for _, c := range cells {
		if faults[c.Subject] == nil {
			names = append(names, c.Subject)
		}
		if !slices.Contains(faults[c.Subject], string(c.Fault)) {
			faults[c.Subject] = append(faults[c.Subject], string(c.Fault))
		}
	}
	more := ""
	if n := len(names) - most; n == 1 {
		more = " and 1 more failure"
	} else if n > 1 {
		more = fmt.Sprintf(" and %d more failures", n)
	}
	for i := range names {
		names[i] += " (" + strings.Join(faults[names[i]], ", ") + ")"
	}
	return strings.Join(names[:min(most, len(names))], ", ") + more
}

// About is a finding about cells of the service, which are not none, at the line that promises them. It ends with the command
// that makes the plan of the next drill.
func (d *Drilled) About(cells []*DrilledCell, l Level, format string, args ...any) Finding {
	s, c := d.Service, cells[0]
	name := s.Name
	if s.Namespace != "" {
		name = s.Namespace + "/" + name
	}
	next := fmt.Sprintf(" Next: muster drill plan --service %s --scenario %s", name, c.Scenario)
	return Finding{Level: l, Service: s, Origin: s.Objective.Origin, Scenario: c.Scenario, Fault: string(c.Fault),
		Message: fmt.Sprintf(format, args...) + next}
}

// Last tells of the latest drill among those that decide about cells, which all have one: "on 2026-11-30 (46 days ago, run r1,
// drills/r1.json)".
func Last(cells []*DrilledCell) string {
	c := slices.MaxFunc(cells, func(a, b *DrilledCell) int { return a.Shown.Ended.Compare(b.Shown.Ended) })
	return fmt.Sprintf("on %s (%s ago, run %s, %s)", c.Shown.Ended.UTC().Format(time.DateOnly), Days(c.Days()), c.Shown.Run, c.Shown.File)
}

// Days counts days, for sentences.
func Days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}
