package record

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// Merged is what all probers of one run saw, on one time axis.
type Merged struct {
	Run          string
	PlanDigest   string
	ConfigDigest string
	// Anchor is time zero, by the reference clock where several probers took part.
	Anchor time.Time
	// Probers in the order of their ids.
	Probers []Part
	// Samples, drops and events by time, then prober.
	Samples []Sample
	Drops   []Drop
	Events  []Event
	// Repeated are the attempts at rounds that were interrupted and made again. Nothing of them is in what is above.
	Repeated []Repeated
}

// Part is what one prober contributed.
type Part struct {
	Prober   Prober
	Complete bool
	// Whole is the end of the last round that ended: until then nothing is missing, although the recording may be incomplete.
	Whole   Millis
	LateP99 Millis // of the footer; 0 without one
	// Bound is how wrong the times of this prober may be against the reference, either way. BoundKnown is false
	// where several probers took part and this one's clock was never checked: Bound is then meaningless.
	Bound      time.Duration
	BoundKnown bool
	// Shift was added to the prober's own times to bring them to the run's axis.
	Shift time.Duration
	// Live is the digest of the configuration that the proxies held, as its header says.
	Live string
}

// Merge puts the recordings of one run on one time axis. A single recording keeps its own; the clocks of several
// are led back to the reference by the offsets that their checks found. Recordings of other runs, plans or
// configurations, and two of the same prober, are an error, as is one that continues a recording that is not given. Of a round that
// was interrupted and repeated only the last attempt counts.
func Merge(recs ...*Recording) (*Merged, error) {
	if len(recs) == 0 {
		return nil, errors.New("no recordings")
	}
	recs = slices.SortedFunc(slices.Values(recs), func(a, b *Recording) int {
		return cmp.Compare(a.Header.Prober.ID, b.Header.Prober.ID)
	})
	if err := continued(recs); err != nil {
		return nil, err
	}
	first := recs[0].Header
	m := &Merged{Run: first.Run, PlanDigest: first.PlanDigest, ConfigDigest: first.ConfigDigest}
	zeros := make([]time.Time, len(recs)) // of each recording by the reference
	for i, r := range recs {
		h := r.Header
		switch {
		case h.Run != first.Run:
			return nil, fmt.Errorf("prober %s: run %q, but prober %s: %q", h.Prober.ID, h.Run, first.Prober.ID, first.Run)
		case h.PlanDigest != first.PlanDigest || h.ConfigDigest != first.ConfigDigest:
			return nil, fmt.Errorf("probers %s and %s followed different plans or configurations", first.Prober.ID, h.Prober.ID)
		case i > 0 && h.Prober.ID == recs[i-1].Header.Prober.ID:
			return nil, fmt.Errorf("two recordings of prober %s", h.Prober.ID)
		}
		part := Part{Prober: h.Prober, Complete: r.Complete(), BoundKnown: true, Live: h.LiveConfigDigest}
		zeros[i] = h.WallAnchor
		if r.Footer != nil {
			part.LateP99 = r.Footer.LateP99
		}
		if len(recs) > 1 {
			var offset time.Duration
			offset, part.Bound, part.BoundKnown = clockOf(r.Clocks)
			zeros[i] = zeros[i].Add(-offset)
		}
		if i == 0 || zeros[i].Before(m.Anchor) {
			m.Anchor = zeros[i]
		}
		m.Probers = append(m.Probers, part)
	}
	for i, r := range recs {
		shift := zeros[i].Sub(m.Anchor)
		if shift > time.Duration(maxMillis)*time.Millisecond {
			return nil, fmt.Errorf("prober %s began %s after another", r.Header.Prober.ID, shift)
		}
		m.Probers[i].Shift = shift
		for _, a := range attempts(r, recs) {
			rest, told := leaveOut(r, a)
			told.From, told.To = told.From+Millis(shift), told.To+Millis(shift)
			r, m.Repeated = rest, append(m.Repeated, told)
		}
		for _, s := range r.Rounds() {
			if s.Ended {
				m.Probers[i].Whole = s.To + Millis(shift)
			}
		}
		m.add(r, Millis(shift))
	}
	slices.SortStableFunc(m.Samples, func(a, b Sample) int { return cmp.Compare(a.Sched, b.Sched) })
	slices.SortStableFunc(m.Drops, func(a, b Drop) int { return cmp.Compare(a.Sched, b.Sched) })
	slices.SortStableFunc(m.Events, func(a, b Event) int { return cmp.Compare(a.At, b.At) })
	return m, nil
}

func (m *Merged) add(r *Recording, shift Millis) {
	for _, s := range r.Samples {
		s.Sched += shift
		s.End += shift
		m.Samples = append(m.Samples, s)
	}
	for _, d := range r.Drops {
		d.Sched += shift
		m.Drops = append(m.Drops, d)
	}
	for _, e := range r.Events {
		e.At += shift
		m.Events = append(m.Events, e)
	}
}

// Apart is how wrong the time between something that prober a saw and something that prober b wrote down may be,
// either way: nothing where they are one, else the sum of their bounds. It is not known where a clock was never checked.
func (m *Merged) Apart(a, b string) (time.Duration, bool) {
	if a == b {
		return 0, true
	}
	var sum time.Duration
	for _, id := range []string{a, b} {
		i := slices.IndexFunc(m.Probers, func(p Part) bool { return p.Prober.ID == id })
		if i < 0 || !m.Probers[i].BoundKnown {
			return 0, false
		}
		sum += m.Probers[i].Bound
	}
	return sum, true
}

// clockOf is one offset for a whole recording, with a bound that holds at every check: between them a clock may
// drift from one to the other.
func clockOf(checks []Clock) (offset, bound time.Duration, known bool) {
	if len(checks) == 0 {
		return 0, 0, false
	}
	least, most := Millis(math.MaxInt64), Millis(math.MinInt64)
	for _, c := range checks {
		least, most = min(least, c.Offset-c.Bound), max(most, c.Offset+c.Bound)
	}
	offset = least.Duration() + (most-least).Duration()/2
	return offset, most.Duration() - offset, true
}
