package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
)

// add is a drift of no one cell.
func (a *auditor) add(class, cell string, d Drift) {
	d = complete(class, d)
	d.Cell = cell
	a.report.Drift = append(a.report.Drift, d)
}

// configuration is D19: what was scanned, what was drilled, what proxies held, and what is there today.
func (a *auditor) configuration() {
	planned := a.plan.Config.Digest
	if m := a.merged; m != nil && m.ConfigDigest != "" && planned != "" && m.ConfigDigest != planned {
		a.add("D19", "", Drift{
			Message:  fmt.Sprintf("the drilled configuration (%s) is not the one that the plan's prediction was computed from (%s): the drill says nothing about the latter", short(m.ConfigDigest), short(planned)),
			Expected: planned, Observed: m.ConfigDigest,
		})
	}
	for _, l := range a.in.Live {
		if l.Digest != "" && planned != "" && l.Digest != planned {
			a.add("D19", "", Drift{
				Message:  fmt.Sprintf("proxies held another configuration (%s, as %s says) than the one that was scanned (%s)", short(l.Digest), l.Source, short(planned)),
				Expected: planned, Observed: l.Digest, Evidence: []Reference{{Source: l.Source}},
			})
		}
		for _, difference := range l.Differs {
			a.add("D19", "", Drift{
				Message:  fmt.Sprintf("what a proxy held (%s) differs from what was scanned: %s", l.Source, difference),
				Expected: "as scanned", Observed: difference, Evidence: []Reference{{Source: l.Source}},
			})
		}
	}
	t := a.in.Today
	if t == nil || t.Digest == planned && t.Digest != "" {
		return
	}
	for i := range a.plan.Expect {
		e := &a.plan.Expect[i]
		today, known := t.Predictions[e.Cell]
		switch {
		case !known:
			a.add("D19", e.Cell, Drift{
				Message: fmt.Sprintf("the configuration of today predicts nothing for %s: the drill speaks of one that is gone", a.cellName(e)), Expected: "the prediction of the plan", Observed: "none",
			})
		case e.Prediction == "" || today != e.Prediction:
			a.add("D19", e.Cell, Drift{
				Message:  fmt.Sprintf("the configuration has changed since the plan was made, and with it the prediction for %s: the drill speaks of the old one", a.cellName(e)),
				Expected: short(e.Prediction), Observed: short(today),
			})
		}
	}
}

// stale reports whether the evidence speaks of another configuration than the plan: nothing is said about its predictions then.
func (a *auditor) stale(cell string) bool {
	return slices.ContainsFunc(a.report.Drift, func(d Drift) bool { return d.Class == "D19" && (d.Cell == "" || d.Cell == cell) })
}

func (a *auditor) cellName(e *plan.Expectation) string {
	id, _ := plan.ParseCell(e.Cell) // Audit has checked it
	return a.name(id.Service) + " for " + fallback(id.Client, "its callers") + " " + while(id.Scenario, id.Fault)
}

// coverage counts what was drilled, and tells what was not: D20 and D21.
func (a *auditor) coverage() {
	c := &a.report.Coverage
	c.FaultModes, c.Missing = []string{}, []string{}
	services, seen, modes := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i := range a.plan.Expect {
		e := &a.plan.Expect[i]
		id, _ := plan.ParseCell(e.Cell) // Audit has checked it
		c.Expected++
		services[id.Service] = true
		if a.covered[e.Cell] {
			c.Probed++
			seen[id.Service], modes[id.Fault] = true, true
			continue
		}
		if a.drilled(id.Fault) || !slices.Contains(a.plan.Scenario.FaultModes, id.Fault) {
			a.add("D20", e.Cell, Drift{
				Message:  fmt.Sprintf("nothing was seen of %s: no request lay inside the fault", a.cellName(e)),
				Expected: "at least " + count(minRequests, "request"), Observed: "none",
			})
		}
	}
	c.Services, c.Seen = len(services), len(seen)
	for _, mode := range a.plan.Scenario.FaultModes {
		if modes[mode] && a.drilled(mode) {
			c.FaultModes = append(c.FaultModes, mode)
			continue
		}
		c.Missing = append(c.Missing, mode)
		a.add("D21", "", Drift{
			Message:  fmt.Sprintf("the fault mode %s of %s was not drilled: the plan asks for %s", mode, a.plan.Scenario.Fail, list(a.plan.Scenario.FaultModes, "and")),
			Expected: strings.Join(a.plan.Scenario.FaultModes, ", "), Observed: fallback(strings.Join(c.FaultModes, ", "), "none"),
		})
	}
	if slices.Equal(a.plan.Scenario.FaultModes, []string{"crash"}) {
		a.add("D21", "", Drift{
			Severity: Low,
			Message:  fmt.Sprintf("only a crash of %s is drilled: configurations that fail over when processes die often do not when they hang or when packets are lost", a.plan.Scenario.Fail),
			Expected: "crash, hang and partition", Observed: "crash",
		})
	}
	if age := a.plan.Cadence.MaxAge.Std(); age > 0 && !a.in.Now.IsZero() && a.merged != nil && a.in.Now.Sub(a.report.Ended) > age {
		a.add("D20", "", Drift{
			Message:  fmt.Sprintf("the drill was on %s: evidence older than %s does not count any more", a.report.Ended.Format("2006-01-02"), a.plan.Cadence.MaxAge),
			Expected: "evidence of the last " + a.plan.Cadence.MaxAge.String(), Observed: a.report.Ended.Format("2006-01-02"),
		})
	}
}

// drilled reports whether a fault of a mode was injected.
func (a *auditor) drilled(mode string) bool {
	for _, f := range a.faults {
		if f.Mode == mode && (f.Scenario == "" || a.plan.Scenario.Fail == "" || f.Scenario == a.plan.Scenario.Fail) {
			return true
		}
	}
	return false
}

// rollback is D24.
func (a *auditor) rollback() {
	for _, f := range a.faults {
		if f.Removed {
			continue
		}
		what := "is not recorded"
		if f.Failed {
			what = "failed"
		}
		a.add("D24", "", Drift{
			Message:  fmt.Sprintf("the fault %s (%s) was injected and its removal %s: the environment may still be in the state of the drill", f.Scenario, f.Mode, what),
			Expected: "the fault is removed", Observed: "no removal",
			Evidence: a.events(f.ID),
		})
	}
	if a.merged != nil {
		for id, e := range a.begun() {
			a.add("D24", "", Drift{
				Message:  fmt.Sprintf("a step of the fault %q (%s) began and did not end: the environment may still be in the state of the drill", id, e.Name),
				Expected: "the fault is removed", Observed: string(e.Name) + " did not end", Evidence: a.events(id),
			})
		}
	}
	if a.others == nil {
		return
	}
	for _, e := range a.others.Events {
		if e.Kind == observe.NotRolled || e.Kind == observe.Interrupted {
			a.add("D24", "", Drift{
				Message:  fmt.Sprintf("%s says that the way back was not walked: %s %s", e.Source, e.Name, fallback(e.Detail, string(e.Kind))),
				Expected: "the rollback is executed", Observed: string(e.Kind), Evidence: []Reference{{Source: e.Source}},
			})
		}
	}
}

// begun are the faults whose last event is the begin of something.
func (a *auditor) begun() map[string]record.Event {
	open := map[string]record.Event{}
	for _, e := range a.merged.Events {
		switch {
		case e.Name != record.Inject && e.Name != record.Remove:
		case e.Edge == record.Begin:
			open[e.Fault] = e
		default:
			delete(open, e.Fault)
		}
	}
	return open
}

// events leads to the lines of a fault's events.
func (a *auditor) events(fault string) []Reference {
	var all []Reference
	for _, e := range a.merged.Events {
		if e.Fault == fault && e.Edge != "" {
			all = append(all, Reference{Source: a.file[e.Prober], First: int(e.Line), Last: int(e.Line), Count: 1})
		}
	}
	return all
}
