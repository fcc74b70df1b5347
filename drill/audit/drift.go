package audit

import (
	"cmp"
	"slices"
	"strings"

	"github.com/passmuster/muster/drill/plan"
)

// Class is a kind of drift.
type Class struct {
	ID, Name string
	Severity Severity
	// Blocks: no verdict on the cell may be drawn while it stands.
	Blocks bool
	// fails: it says that the service did not do what the configuration promises, so that findings of the scan may be why.
	fails bool
}

// Classes are all, by id. docs/drills/drift.md says when each fires.
func Classes() []Class { return slices.Clone(classes[:]) }

var classes = [...]Class{
	{ID: "D01", Name: "no-failover", Severity: High, fails: true},
	{ID: "D02", Name: "wrong-destination", Severity: High, fails: true},
	{ID: "D03", Name: "unexpected-survivor", Severity: High, Blocks: true},
	{ID: "D04", Name: "partial-failover", Severity: High, fails: true},
	{ID: "D05", Name: "slower-than-objective", Severity: High, fails: true},
	{ID: "D06", Name: "plaintext-during-failover", Severity: Critical, fails: true},
	{ID: "D07", Name: "identity-mismatch", Severity: High, fails: true},
	{ID: "D08", Name: "encryption-unproven", Severity: Medium},
	{ID: "D09", Name: "no-failback", Severity: Medium, fails: true},
	{ID: "D10", Name: "failback-damage", Severity: Medium, fails: true},
	{ID: "D11", Name: "flapping", Severity: Medium, fails: true},
	{ID: "D12", Name: "split-brain", Severity: Critical, fails: true},
	{ID: "D13", Name: "capacity-shed", Severity: High, fails: true},
	{ID: "D14", Name: "retry-storm", Severity: High, fails: true},
	{ID: "D15", Name: "slow-ok", Severity: Medium, fails: true},
	{ID: "D16", Name: "distribution-drift", Severity: Medium, fails: true},
	{ID: "D17", Name: "data-loss", Severity: Critical, fails: true},
	{ID: "D18", Name: "unexpected-error-kind", Severity: Medium, fails: true},
	{ID: "D19", Name: "stale-config", Severity: High},
	{ID: "D20", Name: "untested", Severity: Medium},
	{ID: "D21", Name: "fault-mode-gap", Severity: Medium},
	{ID: "D22", Name: "probe-invalid", Severity: Medium, Blocks: true},
	{ID: "D23", Name: "better-than-predicted", Severity: Low},
	{ID: "D24", Name: "rollback-not-executed", Severity: High},
	{ID: "D25", Name: "observer-in-blast-radius", Severity: Medium, Blocks: true},
}

// complete writes what a drift has from its class.
func complete(class string, d Drift) Drift {
	for _, c := range classes {
		if c.ID == class {
			d.Class, d.Name, d.Severity, d.Blocks = c.ID, c.Name, cmp.Or(d.Severity, c.Severity), c.Blocks
		}
	}
	if d.Evidence == nil {
		d.Evidence = []Reference{}
	}
	if d.Rules == nil {
		d.Rules = []string{}
	}
	return d
}

// drift adds one to the cell, with the rules whose findings speak of it and the line that decides.
func (s *seen) drift(class string, d Drift) {
	d = complete(class, d)
	d.Cell = s.expect.Cell
	for _, c := range classes {
		if c.ID != class || !c.fails {
			continue
		}
		for _, f := range s.a.findingsOf(s.expect.Cell) {
			d.Rules = append(d.Rules, f.Rule)
			d.At = cmp.Or(d.At, f.At)
		}
	}
	slices.Sort(d.Rules)
	d.Rules = slices.Compact(d.Rules)
	if d.At != "" {
		d.Message += "; " + d.At + " decides"
	}
	s.cell.Drift = append(s.cell.Drift, d)
}

func (s *seen) has(class string) bool {
	return slices.ContainsFunc(s.cell.Drift, func(d Drift) bool { return d.Class == class })
}

// blocked reports whether no verdict may be drawn.
func (s *seen) blocked() bool {
	return len(s.doubts) > 0 || slices.ContainsFunc(s.cell.Drift, func(d Drift) bool { return d.Blocks })
}

// findingsOf are those of the plan that speak of a cell.
func (a *auditor) findingsOf(cell string) []plan.Finding {
	var all []plan.Finding
	for _, f := range a.plan.Findings {
		if slices.Contains(f.Cells, cell) {
			all = append(all, f)
		}
	}
	return all
}

// decisive is the line of the term that makes a predicted recovery long.
func (s *seen) decisive() string {
	if s.expect.Recovery == nil {
		return ""
	}
	at, most := "", plan.Duration(-1)
	for _, t := range s.expect.Recovery.Terms {
		if t.At != "" && t.Upper > most {
			at, most = t.At, t.Upper
		}
	}
	return at
}

// classes looks for all that one view can show.
func (s *seen) classes() {
	s.invalid()
	s.observer()
	s.security()
	if !s.faulted {
		return
	}
	s.survivor()
	s.wrongDestination()
	s.shed()
	s.errorKinds()
	if s.timeless {
		return
	}
	s.noFailover()
	s.partial()
	s.slow()
	s.failback()
	s.flapping()
	s.splitBrain()
	s.retries()
	s.late()
	s.dataLoss()
	s.better()
}

// list joins names as a sentence does.
func list(names []string, last string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " " + last + " " + names[len(names)-1]
}
