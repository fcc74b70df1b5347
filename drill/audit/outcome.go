package audit

import (
	"math"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/observe"
)

// Shares of failing requests at which outcomes part, held against the 95 % interval of what was seen.
const (
	degradedAbove = 0.01 // surely more fail: degraded
	lostAbove     = 0.99 // surely more fail: lost
	survivesBelow = 0.05 // surely fewer fail, and not surely more than degradedAbove: survives
)

// Outcomes, as the matrix names them.
const (
	survives = string(failover.Survives)
	degraded = string(failover.Degraded)
	lost     = string(failover.Lost)
	unknown  = string(failover.Unknown)
)

// outcomeSeen is what the requests did once the recovery should have been over, and the share that failed. Slow answers do
// not fail. What recovered for good survives, however long that took: the time has objectives of its own.
func (s *seen) outcomeSeen() (string, float64) {
	r := &s.result
	if r.Recovery.Bounded() && r.Steady.Sent() >= minRequests && failing(&r.Steady) == 0 {
		return survives, 0
	}
	p := &r.Settled
	n, bad := p.Sent(), failing(p)
	if n < minRequests || s.reporter == observe.ReporterDestination {
		return unknown, share(bad, n)
	}
	low, high := measure.Wilson(bad, n)
	switch {
	case bad == n || low > lostAbove:
		return lost, share(bad, n)
	case low > degradedAbove:
		return degraded, share(bad, n)
	case high < survivesBelow:
		return survives, share(bad, n)
	}
	return unknown, share(bad, n)
}

// failing are the requests that were not answered well, however fast.
func failing(p *measure.Phase) int { return p.Bad - p.Slow }

func share(k, n int) float64 {
	if n == 0 {
		return 0
	}
	return math.Round(1e6*float64(k)/float64(n)) / 1e6
}

// agreement says how an observed outcome stands to the predicted one.
type agreement int

const (
	undecided agreement = iota
	same
	better
	worse
)

var ranks = map[string]int{survives: 0, degraded: 1, lost: 2}

// against compares the outcome with the prediction, by the interval of the failing share where both are degraded.
func (s *seen) against() agreement {
	predicted, known := ranks[s.expect.Outcome]
	observed, seen := ranks[s.outcome]
	switch {
	case !known || !seen:
		return undecided
	case s.expect.Outcome == degraded && s.expect.FailingShare == 0 && s.outcome == survives:
		// Capacity falls short at a load that the drill may not have had.
		return undecided
	case s.expect.Outcome == degraded && s.outcome == degraded && s.expect.FailingShare > 0:
		low, high := measure.Wilson(failing(&s.result.Settled), s.result.Settled.Sent())
		tolerance := max(0.05, s.expect.ToleranceTV)
		switch {
		case high+tolerance < s.expect.FailingShare:
			return better
		case low-tolerance > s.expect.FailingShare:
			return worse
		}
		return same
	case observed < predicted:
		return better
	case observed > predicted:
		return worse
	}
	return same
}
