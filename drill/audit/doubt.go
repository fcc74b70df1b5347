package audit

import (
	"fmt"

	"github.com/passmuster/muster/drill/measure"
)

// doubt gathers what forbids a verdict on this view.
func (s *seen) doubt() {
	rto := s.a.plan.Objectives.RTO.Std()
	add := func(kind measure.DoubtKind, format string, args ...any) {
		s.doubts = append(s.doubts, measure.Doubt{Kind: kind, Text: fmt.Sprintf(format, args...)})
	}
	switch {
	case !s.faulted && len(s.a.report.Doubts) > 0:
		add(doubtFault, "no fault %s=%s is told of whole", s.id.Scenario, s.id.Fault)
	case !s.faulted:
		add(doubtFault, "the recording tells of no fault %s (%s)", s.id.Scenario, s.id.Fault)
	}
	if s.fault.Failed {
		add(doubtFault, "the injection or the removal of %s (%s) failed: nobody knows when the fault held", s.id.Scenario, s.id.Fault)
	}
	if s.faulted {
		s.doubts = append(s.doubts, measure.Doubts(s.a.merged, s.view, s.fault, s.result, rto)...)
	}
	switch {
	case !s.nullRound && s.native:
		add(measure.DoubtNull, "there is no null drill: no requests of this prober on a normal day, without any fault")
	case s.nullRound && s.null.Good == 0:
		add(measure.DoubtNull, "no request of the null drill went well")
	case s.nullRound && s.null.Bad > 0:
		add(measure.DoubtNull, "%d of %d requests of the null drill went wrong", s.null.Bad, s.null.Sent())
	case s.nullRound && s.null.Unknown > 0:
		add(measure.DoubtNull, "%s of the null drill tell nothing", count(s.null.Unknown, "request"))
	}
	if every := s.result.Every; rto > 0 && 2*every > rto {
		add(doubtRate, "a request every %s cannot show a recovery within %s: probe faster", every, rto)
	}
	for _, d := range s.a.report.Doubts {
		if d.Kind == string(doubtPlan) {
			add(doubtPlan, "%s", d.Text)
		}
	}
}
