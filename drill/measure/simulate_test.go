package measure

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/record"
)

const cell = "cluster.local/shop/pay|80||web|region=r1|hang"

// world is a service with one fault in it, by a clock that nobody has.
type world struct {
	inject, remove time.Duration
	down, up       time.Duration // requests go wrong from down to up, and r2 answers from up on
	back           time.Duration // from when r1 answers again; the fault is over by then
	// hang: a request that goes wrong does so after the timeout, else at once.
	hang bool
}

const (
	rtt     = 5 * time.Millisecond
	timeout = time.Second
)

// ask is what becomes of a request that is sent at a moment.
func (w world) ask(at time.Duration) (ok bool, dest string, took time.Duration) {
	switch {
	case at >= w.down && at < w.up && w.hang:
		return false, "", timeout
	case at >= w.down && at < w.up:
		return false, "", rtt
	case at >= w.up && at < w.back:
		return true, "r2", rtt
	}
	return true, "r1", rtt
}

// watcher is a prober: how often and from when on it asks, how late, and what its clock says.
type watcher struct {
	id      string
	every   time.Duration
	phase   time.Duration
	late    func() time.Duration
	ahead   time.Duration // of true time
	checked bool          // the clock was compared, to within bound
	bound   time.Duration
	drop    func(tick int64) bool
}

// watch records the world until a moment.
func (p watcher) watch(w world, until time.Duration) *record.Recording {
	anchor := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	r := &record.Recording{Header: record.Header{Run: "r", Prober: record.Prober{ID: p.id, Mode: record.Open}, WallAnchor: anchor.Add(p.ahead)}}
	if p.checked {
		r.Clocks = []record.Clock{{Offset: record.Millis(p.ahead), Bound: record.Millis(p.bound)}}
	}
	r.Footer = &record.Footer{}
	for tick := int64(0); ; tick++ {
		due := p.phase + time.Duration(tick)*p.every
		if due > until {
			return r
		}
		if p.drop != nil && p.drop(tick) {
			r.Drops = append(r.Drops, record.Drop{Tick: tick, Count: 1, Sched: record.Millis(due), Cell: cell, Why: record.DropLimit, Prober: p.id})
			continue
		}
		var late time.Duration
		if p.late != nil {
			late = p.late()
		}
		ok, dest, took := w.ask(due + late)
		s := record.Sample{Tick: tick, Sched: record.Millis(due), Late: record.Millis(late), End: record.Millis(due + late + took), Cell: cell, OK: ok, Dest: record.Dest{Region: dest}, Prober: p.id}
		if !ok {
			s.Err = record.ErrTimeout
		}
		r.Samples = append(r.Samples, s)
	}
}

// note writes the fault into a recording, in brackets around the truth.
func note(r *record.Recording, w world, before, after time.Duration) {
	for _, e := range []struct {
		name record.EventName
		at   time.Duration
	}{{record.Inject, w.inject}, {record.Remove, w.remove}} {
		r.Events = append(r.Events,
			record.Event{Name: e.name, Edge: record.Begin, At: record.Millis(e.at - before), Fault: "f", Prober: r.Header.Prober.ID},
			record.Event{Name: e.name, Edge: record.End, At: record.Millis(e.at + after), Fault: "f", Prober: r.Header.Prober.ID})
	}
}

var expected = Options{During: []string{"r2"}, After: []string{"r1"}}

// measured merges recordings and measures each view.
func measured(t *testing.T, o Options, recs ...*record.Recording) (*record.Merged, Fault, []Result) {
	t.Helper()
	m, err := record.Merge(recs...)
	if err != nil {
		t.Fatal(err)
	}
	faults, err := Faults(m.Events)
	if err != nil || len(faults) != 1 {
		t.Fatalf("faults %v, %v", faults, err)
	}
	var all []Result
	for _, v := range Views(m) {
		apart, _ := m.Apart(v.Prober, faults[0].By)
		all = append(all, Measure(v, faults[0], apart, o))
	}
	return m, faults[0], all
}

func (i Interval) holds(d time.Duration) bool { return i.Lower <= d && d <= i.Upper }

// rates at which the truth must lie inside, from 1,000 a second to one in half a minute.
var rates = []time.Duration{time.Millisecond, 20 * time.Millisecond, 40 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second, 100 * time.Second / 3}

func TestTheTruthLiesInsideAtEveryRate(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	upTo := func(d time.Duration) time.Duration { return time.Duration(rng.Int64N(int64(d))) }
	for _, every := range rates {
		runs := 60
		if every == time.Millisecond {
			runs = 8
		}
		unit := max(every, 100*time.Millisecond)
		for run := range runs {
			w := world{inject: 10*unit + upTo(unit), hang: run%2 == 0}
			w.down = w.inject
			w.up = w.down + 1 + upTo(8*unit)
			w.remove = w.up + 20*unit + 3*time.Second + upTo(unit)
			w.back = w.remove + 1 + upTo(6*unit)
			p := watcher{id: "p", every: every, phase: upTo(every)}
			p.late = func() time.Duration { return upTo(every/4 + 1) }
			rec := p.watch(w, w.back+20*unit+3*time.Second)
			before, after := upTo(10*time.Millisecond), upTo(17*time.Millisecond)
			note(rec, w, before, after)
			_, _, all := measured(t, expected, rec)
			r := all[0]
			for _, c := range []struct {
				name  string
				got   Interval
				truth time.Duration
				slack time.Duration
			}{
				{"outage", r.Outage, w.up - w.down, 0},
				{"recovery", r.Recovery, w.up - w.inject, before + after},
				{"failover", *r.Failover, w.up - w.inject, before + after + timeout},
				{"failback", *r.Failback, w.back - w.remove, before + after},
			} {
				if !c.got.holds(c.truth) {
					t.Errorf("every %s, run %d: %s %s does not hold %s (%+v)", every, run, c.name, c.got, c.truth, w)
				}
				// Two intervals wide, and a quarter for lateness at either end.
				if widest := 5*every/2 + c.slack + 2; c.got.Upper-c.got.Lower > widest {
					t.Errorf("every %s, run %d: %s %s is wider than %s", every, run, c.name, c.got, widest)
				}
			}
			if r.Detection != nil && !r.Detection.holds(0) {
				t.Errorf("every %s, run %d: detection %s does not hold 0", every, run, r.Detection)
			}
			if (r.Detection == nil) != (len(r.Outages) == 0) {
				t.Errorf("every %s, run %d: detection %v with %d outages", every, run, r.Detection, len(r.Outages))
			}
		}
	}
}

func TestAnOutageThatStartsLaterIsBracketed(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for run := range 60 {
		delay, length := time.Duration(rng.Int64N(int64(5*time.Second))), 100*time.Millisecond+time.Duration(rng.Int64N(int64(5*time.Second)))
		w := world{inject: 3 * time.Second, down: 3*time.Second + delay, remove: 20 * time.Second, back: 21 * time.Second}
		w.up = w.down + length
		rec := watcher{id: "p", every: 50 * time.Millisecond, phase: time.Duration(rng.Int64N(int64(50 * time.Millisecond)))}.watch(w, 25*time.Second)
		note(rec, w, 0, time.Millisecond)
		_, _, all := measured(t, expected, rec)
		if r := all[0]; !r.Detection.holds(delay) || !r.Recovery.holds(delay+length) || !r.Outage.holds(length) {
			t.Errorf("run %d: detection %s of %s, recovery %s of %s, outage %s of %s", run, r.Detection, delay, r.Recovery, delay+length, r.Outage, length)
		}
	}
}

func TestOutagesAreMissedAsOftenAsTheFormulaSays(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const runs = 800
	for _, tc := range []struct{ outage, every time.Duration }{
		{1300 * time.Millisecond, 2 * time.Second}, {2660 * time.Millisecond, 5 * time.Second}, {2660 * time.Millisecond, 10 * time.Second},
		{2660 * time.Millisecond, 15 * time.Second}, {3 * time.Second, 2 * time.Second},
	} {
		missed := 0
		for range runs {
			w := world{inject: 40 * time.Second, down: 40 * time.Second, up: 40*time.Second + tc.outage, remove: 100 * time.Second, back: 100 * time.Second}
			rec := watcher{id: "p", every: tc.every, phase: time.Duration(rng.Int64N(int64(tc.every)))}.watch(w, 130*time.Second)
			note(rec, w, 0, 0)
			_, _, all := measured(t, expected, rec)
			if !all[0].Outage.holds(tc.outage) {
				t.Fatalf("%s at %s: %s", tc.outage, tc.every, all[0].Outage)
			}
			if len(all[0].Outages) == 0 {
				missed++
			}
		}
		got, want := float64(missed)/runs, MissProbability(tc.outage, tc.every)
		if low, high := Wilson(missed, runs); want < low-0.015 || want > high+0.015 {
			t.Errorf("%s at %s: missed %.3f, want %.3f", tc.outage, tc.every, got, want)
		}
	}
}

func TestClocksThatDifferWidenTheIntervals(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for run := range 60 {
		w := world{inject: 5 * time.Second, down: 5 * time.Second, up: 6500 * time.Millisecond, remove: 20 * time.Second, back: 22 * time.Second, hang: true}
		const bound = 40 * time.Millisecond
		wrong := func() time.Duration { return time.Duration(rng.Int64N(int64(2*bound))) - bound }
		var recs []*record.Recording
		for i, id := range []string{"p1", "p2", "p3"} {
			ahead := time.Duration(rng.Int64N(int64(time.Hour)))
			rec := watcher{id: id, every: 20 * time.Millisecond, phase: time.Duration(rng.Int64N(int64(20 * time.Millisecond))), ahead: ahead}.watch(w, 30*time.Second)
			// The check is wrong by up to its bound, and says so.
			rec.Clocks = []record.Clock{{Offset: record.Millis(ahead + wrong()), Bound: record.Millis(bound)}}
			if i == 1 {
				note(rec, w, time.Millisecond, 2*time.Millisecond)
			}
			recs = append(recs, rec)
		}
		m, f, all := measured(t, expected, recs...)
		var recoveries []Interval
		for _, r := range all {
			if !r.Recovery.holds(1500*time.Millisecond) || !r.Failback.holds(2*time.Second) || !r.Outage.holds(1500*time.Millisecond) {
				t.Errorf("run %d, %s: recovery %s, failback %s, outage %s", run, r.Prober, r.Recovery, r.Failback, r.Outage)
			}
			// Nobody is surprised by answers of r2 before the fault, or of r1 in it.
			if r.Before.Share("r2").Answers+r.During.Share("r1").Answers+r.After.Bad > 0 {
				t.Errorf("run %d, %s: before %+v, during %+v", run, r.Prober, r.Before, r.During)
			}
			if width := r.Recovery.Upper - r.Recovery.Lower; (r.Prober == "p2") != (width < 2*bound) {
				t.Errorf("run %d, %s: recovery %s", run, r.Prober, r.Recovery)
			}
			recoveries = append(recoveries, r.Recovery)
		}
		same, ok := Same(recoveries...)
		if worst := Worst(recoveries...); !ok || !same.holds(1500*time.Millisecond) || !worst.holds(1500*time.Millisecond) {
			t.Errorf("run %d: same %s, worst %s", run, same, worst)
		}
		if doubts := Doubts(m, Views(m)[0], f, all[0], 500*time.Millisecond); len(doubts) != 1 || doubts[0].Kind != DoubtClock {
			t.Errorf("80 ms apart, 500 ms bound: %v", doubts)
		}
	}
}
