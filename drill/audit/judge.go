package audit

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/drill/measure"
)

// hold notes what a promise comes to.
func (s *seen) hold(v measure.Verdict, fact bool, format string, args ...any) {
	s.verdicts = append(s.verdicts, judged{v, fmt.Sprintf(format, args...), fact})
}

// within holds an interval against an objective.
func (s *seen) within(what string, i measure.Interval, objective fmt.Stringer, v measure.Verdict) {
	switch v {
	case measure.Fail:
		s.hold(v, false, "%s of %s %s took %s, and %s is promised", what, s.who(), s.while(), text(i), objective)
	case measure.Inconclusive:
		s.hold(v, false, "%s of %s %s took %s: whether the promised %s is kept cannot be told", what, s.who(), s.while(), text(i), objective)
	default:
	}
}

// judge holds all promises of the plan against what a view shows.
func (s *seen) judge() {
	if s.promised() {
		switch s.hops.Proof {
		case Violated:
			for _, d := range s.cell.Drift {
				if d.Class == "D06" || d.Class == "D07" {
					s.hold(measure.Fail, true, "%s", d.Message)
				}
			}
		case Unproven:
			s.hold(measure.Inconclusive, true, "%s is promised to %s and not proven %s: %s", s.expect.Encryption, s.who(), s.while(), s.hops.Why)
		case Proven:
		}
	} else if s.has("D06") || s.has("D07") {
		for _, d := range s.cell.Drift {
			if d.Class == "D06" || d.Class == "D07" {
				s.hold(measure.Fail, true, "%s", d.Message)
			}
		}
	}
	if s.timeless {
		s.hold(measure.Inconclusive, false, "%s does not tell when requests of %s went wrong %s", s.cell.Prober, s.who(), s.while())
	} else if s.faulted {
		s.judgeTimes()
		s.judgeOutcome()
		s.judgeLoad()
	}
	s.verdict()
}

func (s *seen) judgeOutcome() {
	for _, class := range []string{"D01", "D12"} {
		for _, d := range s.cell.Drift {
			if d.Class == class {
				s.hold(measure.Fail, false, "%s", d.Message)
			}
		}
	}
	switch {
	case s.outcome == unknown && s.result.Settled.Sent() < minRequests && s.result.During.Sent() < minRequests:
		s.hold(measure.Inconclusive, false, "only %s of %s lay inside the fault %s; %d are needed", count(s.result.During.Sent(), "request"), s.who(), s.while(), minRequests)
	case s.outcome == unknown && s.result.Settled.Sent() < minRequests:
		s.hold(measure.Inconclusive, false, "only %s of %s lay between the predicted recovery and the end of the fault %s; %d are needed: let it last longer",
			count(s.result.Settled.Sent(), "request"), s.who(), s.while(), minRequests)
	case s.outcome == unknown:
		s.hold(measure.Inconclusive, false, "too few requests of %s lay inside the fault to tell %s whether %d of %d failing ones are more than chance",
			s.who(), s.while(), failing(&s.result.Settled), s.result.Settled.Sent())
	case s.outcome == lost && !s.has("D01"):
		s.hold(measure.Fail, false, "%s was lost %s: no request was answered well", s.who(), s.while())
	case s.outcome == degraded && s.expect.Outcome != degraded:
		s.hold(measure.Fail, false, "%s was degraded %s: %.1f %% of the requests failed", s.who(), s.while(), 100*s.cell.Observed.FailingShare)
	case s.outcome == degraded && s.against() == worse:
		s.hold(measure.Fail, false, "%s was degraded more than predicted %s: %.1f %% of the requests failed", s.who(), s.while(), 100*s.cell.Observed.FailingShare)
	}
}

func (s *seen) judgeTimes() {
	o, r := s.a.plan.Objectives, &s.result
	if o.RTO > 0 {
		s.within("the recovery", r.Recovery, o.RTO, r.Recovery.Within(o.RTO.Std()))
	}
	if o.Detect > 0 && r.Detection != nil {
		s.within("the detection", *r.Detection, o.Detect, r.Detection.Within(o.Detect.Std()))
	}
	switch {
	case o.Failback <= 0 || len(s.opts.After) == 0:
	case r.Failback == nil:
		s.hold(measure.Inconclusive, false, "%s (%s) was not removed, so nothing is known of the way back of %s (%s are promised)", s.id.Scenario, s.id.Fault, s.who(), o.Failback)
	default:
		s.within("the way back", *r.Failback, o.Failback, r.Failback.Within(o.Failback.Std()))
	}
	if o.MaxBudgetBurn > 0 && s.cell.Budget != nil {
		told, least := s.badTime()
		allowed := (1 - o.Target) * float64(o.Window) * o.MaxBudgetBurn
		switch {
		case float64(least) > allowed:
			s.hold(measure.Fail, false, "%s used %.2f %% of its error budget %s, and may use %.2f %%", s.who(), 100*s.cell.Budget.Burn, s.while(), 100*o.MaxBudgetBurn)
		case float64(told) > allowed:
			s.hold(measure.Inconclusive, false, "%s may have used %.2f %% of its error budget %s, and may use %.2f %%", s.who(), 100*s.cell.Budget.Burn, s.while(), 100*o.MaxBudgetBurn)
		}
	}
}

func (s *seen) judgeLoad() {
	o := s.a.plan.Objectives
	if v, why := s.tail(); v != measure.Pass {
		s.hold(v, false, "%s %s: %s, and 99 %% should keep that", s.who(), s.while(), why)
	}
	if mean, _, told := s.attempts(&s.result.During); o.MaxAttempts > 0 {
		switch {
		case told < minRequests:
			s.hold(measure.Inconclusive, false, "no answer of %s tells how often its request was tried %s, and %g tries are the most that is promised", s.who(), s.while(), o.MaxAttempts)
		case mean > o.MaxAttempts:
			s.hold(measure.Fail, false, "requests of %s were tried %.2f times each %s, and %g is promised", s.who(), mean, s.while(), o.MaxAttempts)
		}
	}
	if o.MaxLoad > 0 {
		s.hold(measure.Inconclusive, false, "nothing measures the load on what survives of %s %s, and %g times what is offered is the most that is promised", s.who(), s.while(), o.MaxLoad)
	}
	if o.RPO == nil {
		return
	}
	switch l := s.loss(); {
	case len(s.view.Marks) == 0 && slices.ContainsFunc(s.a.seen, s.marks):
	case l.reads == 0:
		s.hold(measure.Inconclusive, false, "nothing of %s was read back %s, so nothing is known of lost data (%s is promised)", s.who(), s.while(), *o.RPO)
	case l.gap > l.usual && (*o.RPO == 0 || l.atLeast() > o.RPO.Std()):
		s.hold(measure.Fail, false, "%s to %s that had been acknowledged could not be read any more %s", count(int(l.gap-l.usual), "write"), s.who(), s.while())
	case l.atMost() > o.RPO.Std():
		s.hold(measure.Inconclusive, false, "up to %s of writes to %s may be lost %s, and %s is promised", l.atMost(), s.who(), s.while(), *o.RPO)
	}
}

// marks reports whether another view of the same service and fault has the counter.
func (s *seen) marks(o *seen) bool {
	return len(o.view.Marks) > 0 && o.id.Service == s.id.Service && o.id.Scenario == s.id.Scenario && o.id.Fault == s.id.Fault
}

// verdict draws the cell's from its promises. What is in doubt neither passes nor fails, but for what was seen in any case.
func (s *seen) verdict() {
	c := s.cell
	blocked := s.blocked()
	c.Verdict = measure.Pass
	var unsure []string
	for _, j := range s.verdicts {
		switch {
		case j.verdict == measure.Fail && (!blocked || j.fact) && !s.a.broken:
			c.Verdict = measure.Fail
			c.Reasons = append(c.Reasons, j.reason)
		case j.verdict == measure.Fail:
			unsure = append(unsure, "in doubt: "+j.reason)
		default:
			unsure = append(unsure, j.reason)
		}
	}
	for _, d := range c.Drift {
		if d.Blocks {
			unsure = append([]string{d.Message}, unsure...)
		}
	}
	if s.a.broken {
		unsure = append([]string{"a recording was changed after it was written"}, unsure...)
	}
	if len(unsure) > 0 && c.Verdict == measure.Pass {
		c.Verdict = measure.Inconclusive
	}
	c.Reasons = append(c.Reasons, unsure...)
}

// judge draws the verdict of the run: fail if a promise is surely broken, pass only if every cell passed, every fault mode was
// drilled and nothing is in doubt.
func (a *auditor) judge() {
	r := a.report
	for _, s := range a.seen {
		s.judge()
	}
	r.Verdict = measure.Pass
	var failed, unsure []string
	for i := range a.plan.Expect {
		e := &a.plan.Expect[i]
		v, reasons := a.cellVerdict(e.Cell)
		switch v {
		case measure.Fail:
			failed = append(failed, reasons...)
		case measure.Inconclusive:
			unsure = append(unsure, reasons...)
		case measure.Pass:
		}
	}
	for _, d := range r.Doubts {
		unsure = append(unsure, d.Text)
	}
	for _, d := range r.Drift {
		if d.Class == "D19" || d.Class == "D20" || d.Class == "D21" && d.Severity != Low || d.Class == "D24" {
			unsure = append(unsure, d.Message)
		}
	}
	if len(a.plan.Expect) == 0 {
		unsure = append(unsure, "the plan expects nothing, so nothing was tested")
	}
	if len(unsure) > 0 {
		r.Verdict = measure.Inconclusive
	}
	if len(failed) > 0 {
		r.Verdict = measure.Fail
	}
	for _, reason := range slices.Concat(failed, unsure) {
		if !slices.Contains(r.Reasons, reason) {
			r.Reasons = append(r.Reasons, reason)
		}
	}
}

// cellVerdict joins what several sources say of a cell. Each prober's view counts for itself; other sources can fail a cell, and
// leave it open only where no prober saw it.
func (a *auditor) cellVerdict(cell string) (measure.Verdict, []string) {
	v := measure.Verdict("")
	var reasons []string
	native := slices.ContainsFunc(a.seen, func(s *seen) bool { return s.native && s.expect.Cell == cell })
	for _, s := range a.seen {
		if s.expect.Cell != cell || native && !s.native && s.cell.Verdict != measure.Fail {
			continue
		}
		switch {
		case v == measure.Fail && s.cell.Verdict != measure.Fail:
			continue
		case v != s.cell.Verdict && (s.cell.Verdict == measure.Fail || v != measure.Inconclusive):
			v, reasons = s.cell.Verdict, nil
		case v != s.cell.Verdict:
			continue
		}
		reasons = append(reasons, s.cell.Reasons...)
	}
	if v == "" {
		return measure.Inconclusive, nil // told as D20 or D21
	}
	return v, reasons
}
