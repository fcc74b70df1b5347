package analyzer

import (
	"fmt"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// tooSlow explains a recovery that may exceed the RTO: certain when even the lower bound does.
func (b *broken) tooSlow(rto time.Duration) {
	if b.glance {
		b.found++
		return
	}
	c := b.cell
	level, verb := Warning, "may take up to "+round(c.Recovery.Upper)
	length := func(t failover.Term) time.Duration { return t.Upper }
	if c.Recovery.Lower > rto {
		level, verb = Error, "takes at least "+round(c.Recovery.Lower)
		length = func(t failover.Term) time.Duration { return t.Lower }
	}
	var longest failover.Term
	for _, t := range c.Recovery.Terms {
		if length(t) >= length(longest) {
			longest = t
		}
	}
	promise := c.Service.Objective.RTO.Origin
	if promise.In == nil {
		promise = c.Service.Objective.Origin
	}
	at, where, related := longest.Origin, "that no line of the inputs sets", []mesh.Evidence(nil)
	if at.In == nil {
		at = promise
	} else {
		where = "at " + at.Position().Short()
		related = []mesh.Evidence{{What: "the objective allows " + rto.String(), Origin: promise}}
	}
	kind := failover.CauseTooSlow
	if longest.Name == failover.TermAnalysis || longest.Name == failover.TermDeadline {
		kind = failover.CauseAnalysisSlow
	}
	b.add(&failover.Cause{Kind: kind, Origin: at, Related: related, Follows: longest.Follows,
		Detail: fmt.Sprintf("recovery %s, and the objective allows %s; the longest part is %q with %s, %s", verb, rto, longest.Name, round(length(longest)), where)}, level, true)
}

// round leaves out what nobody can tell from nothing: under a second a time is given to the millisecond.
func round(d time.Duration) string {
	if d >= time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Millisecond).String()
}
