package audit

import (
	"fmt"
	"time"

	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/record"
)

const (
	// changesAllowed in one fault: the failover, and the way back.
	changesAllowed = 2
	// dominant is the expected share from which on a place surely has the majority: between equals it moves by chance.
	dominant = 0.8
)

// flapping is D11, by the majority of stretches of a second or of ten requests, whichever is longer.
func (s *seen) flapping() {
	if s.has("D03") {
		return // what failed comes and goes
	}
	for _, shares := range []map[string]float64{s.expect.Before, s.expect.During, s.expect.After} {
		most := 0.0
		for _, share := range shares {
			most = max(most, share)
		}
		if len(shares) > 0 && most < dominant {
			return
		}
	}
	length := max(time.Second, 10*s.result.Every)
	changes, last := 0, ""
	for _, b := range measure.Timeline(s.view, length, s.opts) {
		if b.At+length < s.fault.Inject.From {
			continue
		}
		for _, sh := range b.Shares {
			if sh.Low <= 0.5 {
				continue
			}
			if last != "" && sh.Dest != last {
				changes++
			}
			last = sh.Dest
		}
	}
	if changes <= changesAllowed {
		return
	}
	s.drift("D11", Drift{
		Message:  fmt.Sprintf("%s flapped %s: the place that answered most of it changed %d times; the failover and the way back are two", s.who(), s.while(), changes),
		Expected: "at most 2 changes", Observed: count(changes, "change"), Evidence: s.reference(every, &s.result.During, &s.result.Edge, &s.result.After),
	})
}

// primary is the role in which a destination takes writes.
const primary = "primary"

// claim is one answer of a primary.
type claim struct {
	place      string
	epoch      int64
	sent, done time.Duration
	line       int
}

// splitBrain is D12: two places answer as primaries in one epoch, or an older primary answers after a newer one did, or (without
// epochs) two take turns inside the fault. Where several primaries are usual there is none to be split.
func (s *seen) splitBrain() {
	usual := map[string]bool{}
	for _, g := range s.null.Groups {
		if k := &s.nullKinds[g.Kind]; k.OK && k.Role == primary {
			usual[s.expect.Place(k.Dest)] = true
		}
	}
	if len(usual) > 1 {
		return
	}
	a, b, found := s.rivals()
	if !found {
		return
	}
	s.drift("D12", Drift{
		Message: fmt.Sprintf("two places answered %s as its primary at overlapping times %s: %s (epoch %d) had answered before a request to %s (epoch %d) was sent",
			s.who(), s.while(), a.place, a.epoch, b.place, b.epoch),
		Expected: "one primary at a time", Observed: a.place + " and " + b.place,
		Evidence: []Reference{{Source: s.source, First: min(a.line, b.line), Last: max(a.line, b.line), Count: 2}},
	})
}

// rivals are two answers of primaries that cannot both be.
func (s *seen) rivals() (a, b claim, found bool) {
	owner := map[int64]claim{} // the first of each epoch
	var newest claim           // of those that are answered, the one of the highest epoch
	var waiting []claim        // in the order of sending; not all are answered when the next is sent
	turns := map[string]claim{}
	measure.Each(s.view, s.fault, s.apart, s.opts, func(p measure.Point) {
		r := &s.view.Requests[p.Request]
		k := &s.view.Kinds[r.Kind]
		if found || !k.OK || k.Role != primary || p.Place == "" {
			return
		}
		c := claim{p.Place, r.Epoch, p.Sent, p.Done, int(r.Line)}
		if c.epoch == 0 {
			a, found = s.takesTurns(turns, c, p.Phase)
			b = c
			return
		}
		if first, known := owner[c.epoch]; known && first.place != c.place {
			a, b, found = first, c, true
			return
		} else if !known {
			owner[c.epoch] = c
		}
		waiting, newest = settle(waiting, newest, c.sent)
		waiting = append(waiting, c)
		if newest.epoch > c.epoch && newest.place != c.place {
			a, b, found = newest, c, true
		}
	})
	return a, b, found
}

// settle takes what was answered before a moment from what waits, and keeps the one of the highest epoch.
func settle(waiting []claim, highest claim, at time.Duration) ([]claim, claim) {
	rest := waiting[:0]
	for _, w := range waiting {
		if w.done >= at {
			rest = append(rest, w)
		} else if w.epoch > highest.epoch {
			highest = w
		}
	}
	return rest, highest
}

// takesTurns finds a place that answers again as a primary after another did, wholly inside the fault. One change is a failover.
func (s *seen) takesTurns(turns map[string]claim, c claim, phase measure.PhaseName) (claim, bool) {
	if phase != measure.During {
		return claim{}, false
	}
	if _, before := turns[c.place]; before {
		for place, other := range turns {
			if place != c.place && other.sent > turns[c.place].done && other.done < c.sent {
				return other, true
			}
		}
	}
	if _, before := turns[c.place]; !before || len(turns) == 1 {
		turns[c.place] = c
	}
	return claim{}, false
}

// dataLoss is D17: how many acknowledged writes could not be read any more, beyond how far reads lag on a normal day.
func (s *seen) dataLoss() {
	objective := s.a.plan.Objectives.RPO
	if objective == nil {
		return
	}
	l := s.loss()
	if l.gap <= l.usual {
		return
	}
	if l.atLeast() <= objective.Std() && *objective > 0 {
		return
	}
	s.drift("D17", Drift{
		Message: fmt.Sprintf("%s lost what was written %s: write %d had been acknowledged, and write %d was the last that could be read; at least %s are lost, and %s may be",
			s.who(), s.while(), l.acknowledged, l.readable, l.atLeast().Round(time.Millisecond), *objective),
		Expected: "at most " + objective.String() + " lost", Observed: count(int(l.gap-l.usual), "write"),
		Evidence: []Reference{{Source: s.source, First: min(l.written, l.read), Last: max(l.written, l.read), Count: 2}},
	})
}

// loss is how far reads fell behind writes.
type loss struct {
	acknowledged, readable int64
	gap, usual             int64         // writes; usual is the largest before the fault
	every                  time.Duration // between two writes
	written, read          int           // lines
	reads                  int           // inside the fault and after it
}

// atLeast is the time of writes that is surely lost: n writes in a row span n − 1 intervals.
func (l *loss) atLeast() time.Duration { return time.Duration(max(0, l.gap-l.usual-1)) * l.every }

// atMost is the time that may be lost.
func (l *loss) atMost() time.Duration {
	if l.gap <= l.usual {
		return 0
	}
	return time.Duration(l.gap-l.usual+1) * l.every
}

func (s *seen) loss() loss {
	var l loss
	marks := map[int]measure.Mark{}
	for _, m := range s.view.Marks {
		marks[m.Request] = m
	}
	if len(marks) == 0 {
		return l
	}
	// Writes whose acknowledgement came before a read was sent must be in what it reads.
	var waiting []claim
	var acknowledged, first, last claim
	writes := 0
	measure.Each(s.view, s.fault, s.apart, s.opts, func(p measure.Point) {
		m, marked := marks[p.Request]
		r := &s.view.Requests[p.Request]
		if !marked || !s.view.Kinds[r.Kind].OK {
			return
		}
		if m.Op == record.MarkerWrite {
			c := claim{epoch: m.N, sent: p.Sent, done: p.Done, line: int(r.Line)}
			if writes++; writes == 1 {
				first = c
			}
			last, waiting = c, append(waiting, c)
			return
		}
		waiting, acknowledged = settle(waiting, acknowledged, p.Sent)
		gap := acknowledged.epoch - m.N
		if p.Phase == measure.Before {
			l.usual = max(l.usual, gap)
			return
		}
		l.reads++
		if gap > l.gap {
			l.gap, l.acknowledged, l.readable, l.written, l.read = gap, acknowledged.epoch, m.N, acknowledged.line, int(r.Line)
		}
	})
	if writes > 1 {
		l.every = (last.sent - first.sent) / time.Duration(writes-1)
	}
	return l
}
