package failover

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// merge adds a backend's answer with its share of the rule's requests.
func (e *evaluator) merge(total, part *Answer, share float64) {
	total.FailingShare += share * part.FailingShare
	total.Authorized = total.Authorized && part.Authorized
	total.exposed, total.hidden, total.weakest = total.exposed || part.exposed, total.hidden || part.hidden, max(total.weakest, part.weakest)
	total.Capacity.Needed += part.Capacity.Needed
	total.Capacity.Available += part.Capacity.Available
	if e.detail {
		for _, d := range part.before {
			d.Share *= share
			total.Before = append(total.Before, d)
		}
		for _, d := range part.Destinations {
			d.Share *= share
			total.Destinations = append(total.Destinations, d)
		}
	}
	for _, c := range part.Causes {
		total.addCause(c)
	}
	for _, o := range part.elsewhere {
		total.answers(o.by, share*o.share)
	}
	total.Trace = append(total.Trace, part.Trace...)
	for _, u := range part.unknown {
		total.addUnsettled(u)
	}
}

// judge turns shares, capacity and unknowns into the outcome.
func (e *evaluator) judge(a *Answer) {
	a.FailingShare = round(a.FailingShare)
	switch {
	case a.FailingShare >= 1:
		a.Outcome, a.FailingShare = Lost, 1
	case a.FailingShare > 0:
		a.Outcome = Degraded
	case len(a.unknown) > 0:
		a.Outcome = Unknown
		a.settleReason()
	case a.Capacity.Available < a.Capacity.Needed:
		a.Outcome = Degraded
		if !e.detail {
			break
		}
		a.Reason = fmt.Sprintf("%d replicas are left where %d are needed", a.Capacity.Available, a.Capacity.Needed)
		if a.back.to != "" {
			a.Reason = fmt.Sprintf("%s can run %d replicas where %d are needed for all requests", a.back.to, a.Capacity.Available, a.Capacity.Needed)
		}
		e.answer = a
		e.cause(Cause{Kind: CauseShortOf, Origin: e.pool.Service.Origin, Detail: a.Reason})
	default:
		a.Outcome = Survives
	}
	if a.Reason == "" && a.Outcome != Survives {
		for _, c := range a.Causes {
			if c.Detail != "" {
				a.Reason = c.Detail
				break
			}
		}
	}
	if a.Outcome == Survives || a.Outcome == Unknown {
		a.Causes = keepCauses(a.Causes, CauseExposed, CauseCanaryAlone, CauseSingleColour)
	}
	if a.back.how != "" {
		a.Reason = strings.TrimSuffix(a.back.how+"; "+a.Reason, "; ")
	}
	if a.Outcome == Lost || math.IsNaN(a.FailingShare) {
		a.Recovery = Recovery{}
	}
}

func keepCauses(list []Cause, kinds ...CauseKind) []Cause {
	var out []Cause
	for _, c := range list {
		if slices.Contains(kinds, c.Kind) {
			out = append(out, c)
		}
	}
	return out
}

var rank = map[Outcome]int{Survives: 0, Unknown: 1, Degraded: 2, Lost: 3}

// worse orders answers: lost before degraded before unknown before survives.
func worse(a, b *Answer) bool {
	if rank[a.Outcome] != rank[b.Outcome] {
		return rank[a.Outcome] > rank[b.Outcome]
	}
	if a.FailingShare != b.FailingShare {
		return a.FailingShare > b.FailingShare
	}
	return a.Recovery.Upper > b.Recovery.Upper
}
