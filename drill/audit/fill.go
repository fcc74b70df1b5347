package audit

import (
	"time"

	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/plan"
)

// step is what times of a report are rounded to, outwards: an interval never becomes narrower.
const step = 100 * time.Microsecond

func interval(i measure.Interval) Interval {
	out := Interval{Lower: plan.Duration(i.Lower.Truncate(step))}
	if i.Bounded() {
		upper := plan.Duration((i.Upper + step - 1).Truncate(step))
		out.Upper = &upper
	}
	return out
}

func optional(i *measure.Interval) *Interval {
	if i == nil {
		return nil
	}
	out := interval(*i)
	return &out
}

// text writes an interval as a sentence does.
func text(i measure.Interval) string {
	lower := i.Lower.Round(10 * time.Millisecond)
	if !i.Bounded() {
		return "at least " + lower.String()
	}
	if upper := i.Upper.Round(10 * time.Millisecond); upper != lower {
		return lower.String() + " to " + upper.String()
	}
	return lower.String()
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func bracket(b measure.Bracket) Bracket { return Bracket{From: millis(b.From), To: millis(b.To)} }

func phase(p *measure.Phase) Phase {
	out := Phase{Good: p.Good, Bad: p.Bad, Unknown: p.Unknown, Shares: []Share{}, P50: millis(p.P50), P99: millis(p.P99)}
	for _, s := range p.Shares {
		out.Shares = append(out.Shares, Share{Place: s.Dest, Answers: s.Answers, Of: s.Of, Share: float64(s.Answers) / float64(s.Of), Low: s.Low, High: s.High})
	}
	for class, n := range p.Errors {
		if out.Errors == nil {
			out.Errors = map[string]int{}
		}
		out.Errors[string(class)] = n
	}
	for flag, n := range p.Flags {
		if out.Flags == nil {
			out.Flags = map[string]int{}
		}
		out.Flags[flag] = n
	}
	return out
}

// fill writes what was measured into the cell.
func (s *seen) fill() {
	c, r := s.cell, &s.result
	c.Observed = Observed{Before: phase(&r.Before), During: phase(&r.During), Settled: phase(&r.Settled), After: phase(&r.After), Edge: phase(&r.Edge)}
	s.outcome, c.Observed.FailingShare = s.outcomeSeen()
	c.Observed.Outcome = s.outcome
	s.hops = s.encryption()
	c.Encryption = s.hops.Encryption
	for _, d := range s.doubts {
		c.Doubts = append(c.Doubts, Doubt{string(d.Kind), d.Text})
	}
	s.timeline()
	s.collect()
	if !s.faulted || s.timeless {
		// Nothing is known of times.
		c.Recovery, c.Outage = Interval{}, Interval{}
		return
	}
	c.Outage, c.Recovery = interval(r.Outage), interval(r.Recovery)
	c.Detection, c.Failover, c.Failback, c.Damage = optional(r.Detection), optional(r.Failover), optional(r.Failback), r.Damage
	for _, o := range r.Outages {
		w := Window{From: millis(o.Began.To), Length: interval(o.Length), Requests: o.Bad}
		if o.Ended.To != measure.Unbounded {
			to := millis(o.Ended.To)
			w.To = &to
		}
		c.Windows = append(c.Windows, w)
	}
	s.stages()
	s.budget()
}

// stages takes a recovery apart, as far as requests tell.
func (s *seen) stages() {
	r := &s.result
	if r.Detection == nil {
		return
	}
	add := func(name string, from, to *measure.Interval) {
		took := measure.Interval{Lower: max(0, to.Lower-from.Upper), Upper: measure.Unbounded}
		if !from.Bounded() {
			took.Lower = 0
		}
		if to.Bounded() {
			took.Upper = max(0, to.Upper-from.Lower)
		}
		s.cell.Stages = append(s.cell.Stages, Stage{name, interval(took)})
	}
	zero := &measure.Interval{}
	add("detect", zero, r.Detection)
	if r.Failover == nil {
		add("steady", r.Detection, &r.Recovery)
		return
	}
	add("eject", r.Detection, r.Failover)
	add("steady", r.Failover, &r.Recovery)
}

// budget is what the outages cost of the error budget.
func (s *seen) budget() {
	o := s.a.plan.Objectives
	if o.Target <= 0 || o.Target >= 1 || o.Window <= 0 {
		return
	}
	badTime, _ := s.badTime()
	allowed := (1 - o.Target) * float64(o.Window)
	s.cell.Budget = &Budget{Target: o.Target, Window: o.Window, Burn: float64(badTime) / allowed, Bad: plan.Duration(badTime.Round(time.Millisecond))}
}

// badTime is the time in which requests went wrong from the fault on: that of the requests that did, and the least that the
// windows prove.
func (s *seen) badTime() (told, least time.Duration) {
	for _, o := range s.result.Outages {
		told += time.Duration(o.Bad) * s.result.Every
		least += o.Length.Lower
	}
	return told, min(told, least)
}

// maxTimeline is how many buckets a report draws.
const maxTimeline = 600

func (s *seen) timeline() {
	if len(s.view.Requests) == 0 {
		return
	}
	first, last := s.view.Requests[0].Sched, time.Duration(0)
	for _, r := range s.view.Requests {
		first, last = min(first, r.Sched), max(last, r.Sched)
	}
	// Two more than the span holds, as buckets begin at multiples of their length.
	length := max(time.Second, ((last-first)/(maxTimeline-2) + time.Second - 1).Truncate(time.Second))
	for _, b := range measure.Timeline(s.view, length, s.opts) {
		out := Bucket{At: millis(b.At), Length: millis(length), Good: b.Good, Bad: b.Bad, Unknown: b.Unknown, Places: map[string]int{}, P50: millis(b.P50), P99: millis(b.P99)}
		for _, p := range b.Shares {
			out.Places[p.Dest] = p.Answers
		}
		s.cell.Timeline = append(s.cell.Timeline, out)
	}
}
