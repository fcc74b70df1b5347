package record

import (
	"cmp"
	"fmt"
	"slices"
)

// Span is one round of a recording.
type Span struct {
	Name, Scenario, Mode string
	From, To             Millis // To of a round without an end is the last moment of the recording
	// Ended: it came to its end as it should. What is not was interrupted.
	Ended bool
}

// Rounds are those of a recording, in order. Recordings of other writers may have none.
func (r *Recording) Rounds() []Span {
	var all []Span
	open := false
	for _, e := range r.Events {
		switch {
		case e.Name != Round:
		case e.Edge == Begin:
			all, open = append(all, Span{Name: e.Fault, Scenario: e.Scenario, Mode: e.Mode, From: e.At}), true
		case open && all[len(all)-1].Name == e.Fault:
			last := &all[len(all)-1]
			last.To, last.Ended, open = e.At, !e.Failed, false
		}
	}
	if open {
		all[len(all)-1].To = r.last()
	}
	return all
}

// last is the latest moment that a recording tells of.
func (r *Recording) last() Millis {
	last := r.end
	for i := range r.Samples {
		last = max(last, r.Samples[i].End)
	}
	for _, d := range r.Drops {
		last = max(last, d.Sched+Millis(d.Count-1)*d.Every)
	}
	for _, e := range r.Events {
		last = max(last, e.At)
	}
	return last
}

// Repeated is an attempt at a round that was interrupted, and made again by a recording that continues this one. It is left
// out of what was measured, and told.
type Repeated struct {
	Prober, Name   string
	From, To       Millis
	Samples, Drops int
	Why            string // of the abort, if there was one
}

// continued checks that every recording that goes on from another has that one beside it.
func continued(recs []*Recording) error {
	for _, r := range recs {
		from := r.Header.Continues
		if from != "" && !slices.ContainsFunc(recs, func(o *Recording) bool { return o.Head == from }) {
			return fmt.Errorf("prober %s goes on from a recording that is not given (%s)", r.Header.Prober.ID, from)
		}
	}
	return nil
}

// attempts are the rounds of a recording that were interrupted, and begun again by one that continues it.
func attempts(r *Recording, recs []*Recording) []Span {
	var later []string // rounds of those that continue it
	for head := r.Head; head != ""; {
		i := slices.IndexFunc(recs, func(o *Recording) bool { return o.Header.Continues == head })
		if i < 0 {
			break
		}
		for _, s := range recs[i].Rounds() {
			later = append(later, s.Name)
		}
		head = recs[i].Head
	}
	return slices.DeleteFunc(r.Rounds(), func(s Span) bool { return s.Ended || !slices.Contains(later, s.Name) })
}

// leaveOut is a recording without an attempt that was repeated: what was due in it, and what happened in it.
func leaveOut(r *Recording, s Span) (*Recording, Repeated) {
	told := Repeated{Prober: r.Header.Prober.ID, Name: s.Name, From: s.From, To: s.To}
	rest := *r
	in := func(at Millis) bool { return at >= s.From && at <= s.To }
	rest.Samples = slices.DeleteFunc(slices.Clone(r.Samples), func(s Sample) bool { return in(s.Sched) })
	rest.Drops = slices.DeleteFunc(slices.Clone(r.Drops), func(d Drop) bool { return in(d.Sched) })
	rest.Events = slices.DeleteFunc(slices.Clone(r.Events), func(e Event) bool {
		if in(e.At) && e.Name == Abort {
			told.Why = cmp.Or(told.Why, e.Detail)
		}
		return in(e.At)
	})
	told.Samples, told.Drops = len(r.Samples)-len(rest.Samples), len(r.Drops)-len(rest.Drops)
	return &rest, told
}
