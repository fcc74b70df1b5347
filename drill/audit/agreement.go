package audit

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/plan"
)

// stand is what a view says of the prediction: refuted only by what was surely seen, confirmed where outcome, destinations,
// recovery and encryption agree as far as they could be seen.
func (s *seen) stand() (Standing, string) {
	e := s.expect
	switch {
	case e.Outcome == unknown || e.Outcome == "":
		return Untested, "the prediction is unknown; the drill saw that it " + verb(s.outcome)
	case !s.faulted:
		return Untested, "no such fault was injected"
	case s.a.broken:
		return Untested, "a recording was changed after it was written"
	case s.blocked():
		return Untested, "in doubt: " + s.cell.Reasons[0]
	case s.a.stale(e.Cell):
		return Untested, "another configuration was drilled than the prediction was computed from"
	}
	var against, open, agree []string
	s.standOutcome(&against, &open, &agree)
	s.standPlaces(&against, &open, &agree)
	s.standRecovery(&against, &open, &agree)
	s.standEncryption(&against, &open, &agree)
	switch {
	case len(against) > 0:
		return Refuted, strings.Join(against, "; ")
	case len(open) > 0:
		return Untested, strings.Join(open, "; ")
	}
	return Confirmed, strings.Join(agree, "; ")
}

func (s *seen) standOutcome(against, open, agree *[]string) {
	saw := "it " + verb(s.outcome)
	if s.outcome == degraded {
		saw += fmt.Sprintf(" (%.1f %% failed)", 100*s.cell.Observed.FailingShare)
	}
	switch s.against() {
	case same:
		*agree = append(*agree, saw)
	case better, worse:
		*against = append(*against, saw)
	case undecided:
		if s.outcome == unknown {
			saw = "too little was seen to tell the outcome"
		}
		*open = append(*open, saw)
	}
}

func (s *seen) standPlaces(against, open, agree *[]string) {
	wanted := places(s.expect.During)
	switch {
	case len(wanted) == 0:
	case s.has("D01"):
		*against = append(*against, "nothing failed over")
	case s.has("D02"), s.has("D16"):
		*against = append(*against, "the places that answered were "+sharesSeen(&s.result.During))
	case s.cell.Tests != nil && s.cell.Tests.TV <= s.tolerance():
		*agree = append(*agree, "answered by "+sharesSeen(&s.result.Settled))
	case s.cell.Tests != nil:
		*open = append(*open, "the places that answered ("+sharesSeen(&s.result.Settled)+") differ from the predicted ones by no more than chance allows")
	case len(s.result.During.Shares) == 0 && s.outcome != lost:
		*open = append(*open, "the answers do not tell where they come from")
	case s.outcome != lost:
		*open = append(*open, "too few answers lay between the predicted recovery and the end of the fault")
	}
}

func (s *seen) standRecovery(against, open, agree *[]string) {
	b := s.expect.Recovery
	if b == nil || s.outcome != survives {
		return
	}
	saw := "it took " + text(s.result.Recovery)
	switch contrary, within := s.holdsBound(); {
	case contrary:
		*against = append(*against, fmt.Sprintf("%s, and %s to %s was predicted", saw, b.Lower, b.Upper))
	case within:
		*agree = append(*agree, saw)
	default:
		*open = append(*open, fmt.Sprintf("%s, and whether that is within the predicted %s cannot be told", saw, b.Upper))
	}
}

func (s *seen) standEncryption(against, open, agree *[]string) {
	switch plain := s.hops.Plaintext > 0; {
	case s.promised() && (plain || s.hops.Proof == Violated):
		*against = append(*against, s.expect.Encryption+" was predicted, and "+fallback(plaintextSeen(s.hops.Plaintext), "another identity answered"))
	case s.promised() && s.hops.Proof == Proven:
		*agree = append(*agree, s.expect.Encryption)
	case s.promised() && s.outcome != lost:
		*open = append(*open, "its encryption is unproven")
	case s.expect.Encryption == "plaintext" && plain:
		*agree = append(*agree, plaintextSeen(s.hops.Plaintext))
	case s.expect.Encryption == "plaintext" && s.hops.Proof == Proven:
		*against = append(*against, "plaintext was predicted, and all answers were encrypted")
	case s.expect.Encryption == "plaintext" && s.outcome != lost:
		*open = append(*open, "nothing tells whether answers were encrypted")
	}
}

func plaintextSeen(n int) string {
	if n == 0 {
		return ""
	}
	return count(n, "answer") + " came in plaintext"
}

// agreement sorts predictions and findings by what was seen of them.
func (a *auditor) agreement() {
	st := &a.report.Static
	st.Confirmed, st.Refuted, st.Untested = []Statement{}, []Statement{}, []Statement{}
	put := func(standing Standing, s Statement) {
		switch standing {
		case Confirmed:
			st.Confirmed = append(st.Confirmed, s)
		case Refuted:
			st.Refuted = append(st.Refuted, s)
		case Untested:
			st.Untested = append(st.Untested, s)
		}
	}
	standings := map[string]Standing{}
	for i := range a.plan.Expect {
		e := &a.plan.Expect[i]
		standing, saw := Untested, "nothing was seen of it"
		for _, s := range a.seen {
			if s.expect != e {
				continue
			}
			of, why := s.stand()
			s.cell.Static = of
			// What one source refutes the others cannot confirm; what one confirms, others need not have seen.
			if of == Refuted && standing != Refuted || of == Confirmed && standing == Untested || standing == Untested && of == Untested {
				standing, saw = of, why
			}
		}
		standings[e.Cell] = standing
		put(standing, Statement{Cell: e.Cell, Says: says(e), Saw: saw, At: deciding(e)})
	}
	for _, f := range a.plan.Findings {
		standing, saw := a.findingSeen(f, standings)
		put(standing, Statement{Rule: f.Rule, Fingerprint: f.Fingerprint, Says: f.Message, Saw: saw, At: f.At})
	}
}

// says is what a prediction says.
func says(e *plan.Expectation) string {
	text := cmp.Or(e.Outcome, unknown)
	if e.Outcome == degraded && e.FailingShare > 0 {
		text += fmt.Sprintf(", %.1f %% failing", 100*e.FailingShare)
	}
	if len(places(e.During)) > 0 {
		text += ", answered by " + expectedPlaces(e.During)
	}
	if e.Encryption != "" && e.Encryption != unknown {
		text += ", " + e.Encryption
	}
	if e.Recovery != nil {
		text += fmt.Sprintf(", after %s to %s", e.Recovery.Lower, e.Recovery.Upper)
	}
	return text
}

func deciding(e *plan.Expectation) string {
	s := seen{expect: e}
	return s.decisive()
}

// findingSeen is what the drill says of a finding: confirmed if one of its cells failed as it was predicted to, refuted if all
// of them surely did well.
func (a *auditor) findingSeen(f plan.Finding, standings map[string]Standing) (Standing, string) {
	well := len(f.Cells) > 0
	for _, cell := range f.Cells {
		did := false
		for _, s := range a.seen {
			if s.expect.Cell != cell {
				continue
			}
			if why := s.failedAsPredicted(standings[cell]); why != "" {
				return Confirmed, why
			}
			did = did || s.cell.Verdict == measure.Pass && s.outcome == survives && s.hops.Proof != Violated && !a.stale(cell)
			if s.cell.Verdict == measure.Fail {
				well = false
			}
		}
		well = well && did
	}
	if well {
		return Refuted, "all cells that it speaks of did well in the drill"
	}
	return Untested, "the drill neither showed what it says nor the contrary"
}

// failedAsPredicted tells how the cell failed as it was predicted to; empty = it did not, or that is in doubt.
func (s *seen) failedAsPredicted(standing Standing) string {
	e, rto := s.expect, s.a.plan.Objectives.RTO
	switch {
	case s.blocked() || s.a.broken || s.a.stale(e.Cell):
		return ""
	case (e.Outcome == lost || e.Outcome == degraded) && standing == Confirmed:
		return s.who() + " " + verb(s.outcome) + " " + s.while() + ", as predicted"
	case e.Encryption == "plaintext" && s.hops.Plaintext > 0:
		return plaintextSeen(s.hops.Plaintext) + " " + s.while() + ", as predicted"
	case e.Outcome == survives && rto > 0 && e.Recovery != nil && e.Recovery.Upper > rto && s.result.Recovery.Lower > rto.Std():
		return fmt.Sprintf("%s took %s to recover %s, more than %s, as predicted", s.who(), text(s.result.Recovery), s.while(), rto)
	}
	return ""
}

// statistics bound how much the drills of this plan prove together.
func (a *auditor) statistics() {
	st := &a.report.Statistics
	*st = Statistics{Drills: 1}
	if a.merged == nil {
		st.Drills = 0
	}
	verdicts := []measure.Verdict{a.report.Verdict}
	for _, r := range a.in.Previous {
		if r != nil && r.Plan != nil && r.Plan.Metadata.ID == a.plan.Metadata.ID && r.Run != a.report.Run {
			st.Drills++
			verdicts = append(verdicts, r.Verdict)
		}
	}
	decided := 0
	for _, v := range verdicts {
		if v == measure.Fail {
			st.Failures++
		}
		if v != measure.Inconclusive {
			decided++
		}
	}
	// A drill that proves nothing is no success.
	st.FailureUpper95 = rounded(measure.FailureBound(st.Failures, decided))
	for _, s := range a.seen {
		if rto := a.plan.Objectives.RTO.Std(); s.native && rto > 0 {
			st.Miss = max(st.Miss, rounded(measure.MissProbability(rto, s.result.Every)))
		}
	}
}
