package measure

import (
	"cmp"
	"slices"
	"time"

	"github.com/passmuster/muster/drill/record"
)

// Options say what is good, and who should answer when.
type Options struct {
	// Latency from the intended moment above which an answer is not good; 0 = any is. Without it slow answers hide.
	Latency time.Duration
	// Stable is how long good answers must follow each other for an outage to be over; 0 = one second.
	Stable time.Duration
	// Guard widens the brackets of the fault further.
	Guard time.Duration
	// Dest names the destination of an answer as During and After do; nil = Place.
	Dest func(record.Sample) string
	// During and After are the destinations that should answer while the fault lasts and when it is over.
	// Without them there is no failover or failback to measure.
	During, After []string
	// Settle is how long after the fault During should hold: requests from then on are the phase Settled.
	Settle time.Duration
	// Over is a latency of which the phases count how many answers were slower; 0 = none.
	Over time.Duration
}

// Place names the destination of an answer by the first that it told of region, cluster, zone and workload, else by the
// address at the other end of the connection.
func Place(s record.Sample) string {
	d := s.Dest
	return cmp.Or(d.Region, d.Cluster, d.Zone, d.Workload, d.Address)
}

// Identity names it by the SPIFFE id at the other end of the prober's connection, for regions with trust domains of
// their own.
func Identity(s record.Sample) string { return s.Identity.SPIFFE }

// Result is what one view says about one fault.
type Result struct {
	Cell, Prober string
	// Every is the usual distance of two requests; Stable the number of good ones that end an outage.
	Every  time.Duration
	Stable int

	Before, During, After, Edge Phase
	// Settled is the part of During after Options.Settle, and Steady that of requests sent when all had recovered for good.
	Settled, Steady Phase

	// Outages that may have begun with the fault or after it, in order.
	Outages []Outage
	// Outage is the longest of them, also of those that were too short to be seen.
	Outage Interval
	// Detection is the time from the fault to the first request that went wrong; nil = none did while it lasted.
	Detection *Interval
	// Recovery is the time from the fault until requests go well for good while it lasts. What only its removal ended
	// is not a recovery: the upper bound is Unbounded. If nothing was seen to go wrong, what nobody saw is supposed to
	// have begun with the fault.
	Recovery Interval
	// Failover is the time from the fault until a destination of Options.During answered; nil = none is expected.
	Failover *Interval
	// Failback is the time from the removal until only destinations of Options.After answer; nil = none is expected, or
	// the fault was not removed. Damage are the bad requests until then.
	Failback *Interval
	Damage   int
}

// series is a view prepared for one fault.
type series struct {
	view   *View
	points []point
	places []string
	fault  Fault
	opts   Options
	slack  time.Duration // of clocks, and Options.Guard
	stable int
	// expected are the places of Options.During and Options.After, by their index.
	during, after []bool
}

// Measure works out what a view says about a fault. apart is how wrong the time between the view's prober and the writer of
// the fault may be (record.Merged.Apart). Where a run has several faults, the view is cut so that it holds one (Cut).
func Measure(v View, f Fault, apart time.Duration, o Options) Result {
	r := Result{Cell: v.Cell, Prober: v.Prober, Every: v.interval()}
	s := newSeries(&v, f, apart, o)
	s.stable = stableRow(cmp.Or(o.Stable, time.Second), r.Every)
	r.Stable = s.stable
	s.outage(&r)
	s.recovery(&r)
	s.failover(&r)
	s.failback(&r)
	s.phases(&r)
	return r
}

func newSeries(v *View, f Fault, apart time.Duration, o Options) series {
	if o.Dest == nil {
		o.Dest = Place
	}
	s := series{view: v, fault: f, opts: o, slack: apart + o.Guard}
	s.points, s.places = v.points(&s.opts)
	s.during, s.after = make([]bool, len(s.places)), make([]bool, len(s.places))
	for i, place := range s.places {
		s.during[i], s.after[i] = slices.Contains(o.During, place), slices.Contains(o.After, place)
	}
	return s
}

// answers reports whether a good answer came from one of some places.
func (p *point) answers(expected []bool) bool {
	return p.state == good && p.dest >= 0 && expected[p.dest]
}

// stableRow is the least K with K·Δ ≥ the time for which good answers must last.
func stableRow(stable, every time.Duration) int {
	if every <= 0 {
		return 1
	}
	return int(max(1, (stable+every-1)/every))
}

// since is the earliest moment at which the fault may have acted.
func (s *series) since() time.Duration { return s.fault.Inject.From - s.slack }

// until is the earliest moment at which it may have been over.
func (s *series) until() time.Duration {
	if !s.fault.Removed {
		return Unbounded
	}
	return s.fault.Remove.From - s.slack
}

// outage finds the windows of the fault, and what may lie between two good answers.
func (s *series) outage(r *Result) {
	first := 0 // the last good point before the fault, so that the begin is bracketed
	for i, p := range s.points {
		if p.sent >= s.since() {
			break
		}
		if p.state == good {
			first = i
		}
	}
	points := s.points[first:]
	all, unseen := outages(points, s.stable)
	r.Outages = all
	r.Outage.Upper = unseen
	for _, w := range all {
		r.Outage = Worst(r.Outage, w.Length)
	}
	if s.uncovered(points) {
		r.Outage.Upper = Unbounded
	}
}

// uncovered reports whether the fault began before the first good point or lasted beyond the last request.
func (s *series) uncovered(points []point) bool {
	return len(points) == 0 || points[0].sched > s.fault.Inject.From || s.fault.Removed && points[len(points)-1].sent < s.fault.Remove.From
}

// lasting are the points from the fault on that its removal cannot have helped: what was not answered by then is unknown.
func (s *series) lasting() []point {
	var all []point
	for i, p := range s.points {
		if p.sent >= s.until() {
			break
		}
		// The last one before the fault is kept: it brackets the begin.
		if p.sent < s.since() && i+1 < len(s.points) && s.points[i+1].sent < s.since() {
			continue
		}
		if p.end >= s.until() {
			p.state, p.dest = unknown, -1
		}
		all = append(all, p)
	}
	return all
}

func (s *series) recovery(r *Result) {
	points, inject := s.lasting(), s.fault.Inject
	all, _ := outages(points, s.stable)
	if len(all) > 0 {
		detection := between(inject, all[0].Began, s.slack)
		r.Detection = &detection
		r.Recovery = between(inject, all[len(all)-1].Ended, s.slack)
		return
	}
	// Nothing went wrong: it did so at the latest when the first stable row of good answers after the fault began.
	steady := Bracket{To: Unbounded}
	row := 0
	for i, p := range points {
		if p.sent < inject.To || p.state != good {
			row = 0
			continue
		}
		if row++; row == s.stable {
			steady.To = points[i-row+1].sent
			break
		}
	}
	r.Recovery = between(inject, steady, s.slack)
}

// failover brackets the first good answer of an expected destination: not before the last other request, and
// not after it was complete.
func (s *series) failover(r *Result) {
	if len(s.opts.During) == 0 {
		return
	}
	reached := Bracket{s.since(), Unbounded}
	for _, p := range s.lasting() {
		if p.answers(s.during) && p.sent >= s.since() {
			reached.To = p.end
			break
		}
		if p.state != unknown {
			reached.From = p.sched
		}
	}
	i := between(s.fault.Inject, reached, s.slack)
	r.Failover = &i
}

// failback brackets the moment from which on only the destinations of a normal day answer, and well.
func (s *series) failback(r *Result) {
	if len(s.opts.After) == 0 || !s.fault.Removed {
		return
	}
	back := Bracket{s.fault.Remove.From, Unbounded}
	row, damage := 0, 0
	for _, p := range s.points {
		if p.sent < s.until() {
			continue
		}
		if p.answers(s.after) {
			if row++; row == 1 {
				back.To = p.sent
			}
			if row >= s.stable {
				break
			}
			continue
		}
		row = 0
		if p.state == bad {
			damage += int(p.n)
		}
		if p.state != unknown {
			back.From = p.sched
		}
	}
	if row < s.stable {
		back.To = Unbounded
	}
	i := between(s.fault.Remove, back, s.slack)
	r.Failback, r.Damage = &i, damage
}
