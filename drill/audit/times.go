package audit

import (
	"fmt"
	"time"

	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/record"
)

func every(*record.Sample) bool { return true }

func bad(k *record.Sample) bool { return !k.OK }

// slow is D05: the time to recover, to detect, and the budget. That of the way back is failback's.
func (s *seen) slow() {
	o := s.a.plan.Objectives
	r := &s.result
	if rto := o.RTO.Std(); rto > 0 && r.Recovery.Within(rto) == measure.Fail && !s.has("D01") {
		predicted := ""
		if b := s.expect.Recovery; b != nil {
			predicted = fmt.Sprintf(" (predicted: %s to %s)", b.Lower, b.Upper)
		}
		s.drift("D05", Drift{
			Message:  fmt.Sprintf("%s took %s to recover %s%s: more than the objective of %s", s.who(), text(r.Recovery), s.while(), predicted, o.RTO),
			Expected: "recovery within " + o.RTO.String(), Observed: text(r.Recovery), At: s.decisive(), Evidence: s.reference(bad, &r.During, &r.Edge),
		})
	}
	if d := o.Detect.Std(); d > 0 && r.Detection != nil && r.Detection.Within(d) == measure.Fail {
		s.drift("D05", Drift{
			Message:  fmt.Sprintf("%s showed no failure for %s %s: it should be detected within %s", s.who(), text(*r.Detection), s.while(), o.Detect),
			Expected: "detection within " + o.Detect.String(), Observed: text(*r.Detection), At: s.decisive(), Evidence: s.reference(bad, &r.During, &r.Edge),
		})
	}
	if b := s.cell.Budget; b != nil && o.MaxBudgetBurn > 0 {
		if _, least := s.badTime(); float64(least)/((1-o.Target)*float64(o.Window)) > o.MaxBudgetBurn {
			s.drift("D05", Drift{
				Message:  fmt.Sprintf("%s used %.2f %% of its error budget %s: the drill may use %.2f %%", s.who(), 100*b.Burn, s.while(), 100*o.MaxBudgetBurn),
				Expected: fmt.Sprintf("at most %.2f %% of the budget", 100*o.MaxBudgetBurn), Observed: fmt.Sprintf("%.2f %%", 100*b.Burn),
				Evidence: s.reference(bad, &r.During, &r.Edge, &r.After),
			})
		}
	}
}

// failback is D09, D10, and D05 for the way back.
func (s *seen) failback() {
	r, objective := &s.result, s.a.plan.Objectives.Failback.Std()
	if r.Failback == nil {
		return
	}
	back := list(s.opts.After, "and")
	switch {
	case objective <= 0 || r.Failback.Within(objective) != measure.Fail:
	case !r.Failback.Bounded():
		s.drift("D09", Drift{
			Message: fmt.Sprintf("%s did not return to %s: %s after %s (%s) was repaired it was still answered elsewhere or not at all; it should return within %s",
				s.who(), back, text(*r.Failback), s.id.Scenario, s.id.Fault, s.a.plan.Objectives.Failback),
			Expected: "back within " + s.a.plan.Objectives.Failback.String(), Observed: text(*r.Failback), Evidence: s.reference(every, &r.After),
		})
	default:
		s.drift("D05", Drift{
			Message: fmt.Sprintf("%s took %s to return to %s after %s (%s) was repaired: more than the objective of %s",
				s.who(), text(*r.Failback), back, s.id.Scenario, s.id.Fault, s.a.plan.Objectives.Failback),
			Expected: "back within " + s.a.plan.Objectives.Failback.String(), Observed: text(*r.Failback), Evidence: s.reference(every, &r.After),
		})
	}
	reached, _ := s.from(&r.During, func(string, *record.Sample) bool { return true })
	if r.Damage > 0 && reached > 0 && s.outcome == survives {
		s.drift("D10", Drift{
			Message:  fmt.Sprintf("%s of %s went wrong while traffic returned to %s after %s (%s) was repaired", count(r.Damage, "request"), s.who(), back, s.id.Scenario, s.id.Fault),
			Expected: "no failed request on the way back", Observed: count(r.Damage, "request"), Evidence: s.reference(bad, &r.Edge, &r.After),
		})
	}
}

// holdsBound says how the measured recovery stands to the predicted one: contrary where the intervals have nothing in common.
func (s *seen) holdsBound() (contrary, within bool) {
	b := s.expect.Recovery
	if b == nil {
		return false, true
	}
	lower, upper := b.Lower.Std(), b.Upper.Std()
	r := s.result.Recovery
	// A prober cannot tell less than its interval.
	slack := s.result.Every + time.Millisecond
	return r.Lower > upper+slack || r.Bounded() && r.Upper+slack < lower, r.Bounded() && r.Upper <= upper+slack
}
