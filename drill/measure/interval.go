// Package measure works out from samples how long a service was away: as intervals that hold the truth, never as
// points. A prober sees a service at some moments only, so an outage is known to within two of its intervals,
// and a verdict is drawn from the bounds.
//
// All times are of sending: an outage is the time in which a request, had it been sent, would have gone wrong.
package measure

import (
	"fmt"
	"math"
	"time"
)

// Interval is what is known of a length of time: it is not shorter than Lower and not longer than Upper.
type Interval struct {
	Lower, Upper time.Duration
}

// Unbounded is the upper bound of what did not end while it was watched.
const Unbounded = time.Duration(math.MaxInt64)

// Bounded reports whether the end was seen.
func (i Interval) Bounded() bool { return i.Upper != Unbounded }

func (i Interval) String() string {
	if !i.Bounded() {
		return fmt.Sprintf("[%s, ∞)", i.Lower)
	}
	return fmt.Sprintf("[%s, %s]", i.Lower, i.Upper)
}

// between is the time from one moment, which lies in a bracket, to another; slack is how wrong the comparison of
// their clocks may be. Time does not run backwards: negative bounds become 0.
func between(from, to Bracket, slack time.Duration) Interval {
	i := Interval{Lower: max(0, to.From-from.To-slack), Upper: Unbounded}
	if to.To != Unbounded {
		i.Upper = max(0, to.To-from.From+slack)
	}
	return i
}

// Worst is the longest of what several probers saw, each of its own view of the service. It supposes nothing
// about what they have in common. Without intervals it is the zero Interval.
func Worst(of ...Interval) Interval {
	var w Interval
	for _, i := range of {
		w = Interval{max(w.Lower, i.Lower), max(w.Upper, i.Upper)}
	}
	return w
}

// Same is what is known of one length that all probers saw, and false where it cannot have been the same one.
func Same(of ...Interval) (Interval, bool) {
	s := Interval{0, Unbounded}
	for _, i := range of {
		s = Interval{max(s.Lower, i.Lower), min(s.Upper, i.Upper)}
	}
	return s, s.Lower <= s.Upper
}

// Verdict is what an interval says about a bound.
type Verdict string

// Verdicts.
const (
	Pass         Verdict = "pass"         // surely within
	Fail         Verdict = "fail"         // surely beyond
	Inconclusive Verdict = "inconclusive" // the bound lies inside the interval, or the drill is in doubt
)

// Within holds an interval against a bound, as of a recovery time objective or a prediction.
func (i Interval) Within(bound time.Duration) Verdict {
	switch {
	case i.Upper <= bound && i.Bounded():
		return Pass
	case i.Lower > bound:
		return Fail
	}
	return Inconclusive
}
