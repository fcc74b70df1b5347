package measure

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/record"
)

const sec = time.Second

// drill is one fault from 5 s to 13 s, watched 50 times a second until 30 s.
func drill(t *testing.T, w world, change func(*watcher)) (*record.Merged, Fault, Result) {
	t.Helper()
	w.inject, w.remove = 5*sec, 13*sec
	p := watcher{id: "p", every: 20 * time.Millisecond, phase: 7 * time.Millisecond}
	if change != nil {
		change(&p)
	}
	rec := p.watch(w, 30*sec)
	note(rec, w, time.Millisecond, time.Millisecond)
	m, f, all := measured(t, expected, rec)
	return m, f, all[0]
}

func TestVerdictsOnMeasuredDrills(t *testing.T) {
	// Lengths of outages and failbacks are those of the reference drills: HAProxy with health checks, gRPC with and without
	// outlier detection, nginx with passive checks. A recovery of 2 s and a failback of 5 s are demanded.
	for _, tc := range []struct {
		name               string
		outage, back       time.Duration
		recovery, failover Verdict
		failback           Verdict
	}{
		{"checked, killed", 1340 * time.Millisecond, 1350 * time.Millisecond, Pass, Pass, Pass},
		{"checked, hung", 2660 * time.Millisecond, 1360 * time.Millisecond, Fail, Fail, Pass},
		{"blackhole at its slowest", 2890 * time.Millisecond, 1350 * time.Millisecond, Fail, Fail, Pass},
		{"outlier detection, hung", 1420 * time.Millisecond, 3920 * time.Millisecond, Pass, Pass, Pass},
		{"passive checks", 10 * time.Millisecond, 5310 * time.Millisecond, Pass, Pass, Fail},
		{"at the bound", 2 * sec, 5 * sec, Inconclusive, Inconclusive, Inconclusive},
	} {
		m, f, r := drill(t, world{down: 5 * sec, up: 5*sec + tc.outage, back: 13*sec + tc.back}, nil)
		doubts := Doubts(m, Views(m)[0], f, r, 2*sec)
		if got := Judge(r.Recovery, 2*sec, doubts); got != tc.recovery {
			t.Errorf("%s: recovery %s is %s, want %s (%v)", tc.name, r.Recovery, got, tc.recovery, doubts)
		}
		if got := r.Failover.Within(2 * sec); got != tc.failover {
			t.Errorf("%s: failover %s is %s, want %s", tc.name, r.Failover, got, tc.failover)
		}
		if got := r.Failback.Within(5 * sec); got != tc.failback {
			t.Errorf("%s: failback %s is %s, want %s", tc.name, r.Failback, got, tc.failback)
		}
	}
}

func TestWhatOnlyTheRemovalEndsIsNoRecovery(t *testing.T) {
	// gRPC without outlier detection: all goes wrong until the fault is removed, and r2 never answers.
	_, _, r := drill(t, world{down: 5 * sec, up: 12990 * time.Millisecond, back: 0, hang: true}, nil)
	if r.Recovery.Bounded() || r.Recovery.Lower < 6900*time.Millisecond || r.Failover.Bounded() || r.Failover.Within(2*sec) != Fail {
		t.Errorf("recovery %s, failover %s", r.Recovery, r.Failover)
	}
	// The outage itself ended, and would be within 10 s: that proves nothing about a recovery.
	if !r.Outage.holds(7990*time.Millisecond) || r.Recovery.Within(10*sec) != Inconclusive || r.Recovery.Within(2*sec) != Fail {
		t.Errorf("outage %s, recovery %s", r.Outage, r.Recovery)
	}
	if s := r.During.Share("r2"); s.Answers != 0 || r.During.Good != 0 || r.During.Bad < 300 {
		t.Errorf("during %+v", r.During)
	}
	if r.Failback.Within(5*sec) != Pass {
		t.Errorf("failback %s", r.Failback)
	}
}

func TestCallsThatTheRemovalAnswersAreNoEvidence(t *testing.T) {
	w := world{inject: 5 * sec, remove: 13 * sec, down: 5 * sec, up: 13 * sec}
	rec := watcher{id: "p", every: 20 * time.Millisecond}.watch(w, 20*sec)
	note(rec, w, time.Millisecond, time.Millisecond)
	for i := range rec.Samples {
		// Those that were sent in the last 1.5 s wait, and are answered when the fault is removed.
		if s := &rec.Samples[i]; s.Sched >= record.Millis(11500*time.Millisecond) && s.Sched < record.Millis(13*sec) {
			s.OK, s.Err, s.End, s.Dest.Region = true, "", record.Millis(13010*time.Millisecond), "r2"
		}
	}
	_, _, all := measured(t, expected, rec)
	if r := all[0]; r.Recovery.Bounded() || r.Failover.Bounded() || r.During.Good != 0 || r.Edge.Good < 75 {
		t.Errorf("recovery %s, failover %s, during %+v, edge %+v", r.Recovery, r.Failover, r.During, r.Edge)
	}
}

func TestFailoverIsCompleteWithItsFirstAnswer(t *testing.T) {
	_, f, r := drill(t, world{down: 5 * sec, up: 6 * sec, back: 13 * sec}, nil)
	// The last bad request is sent at 5.987 s, the first that r2 answers at 6.007 s.
	if want := (Interval{5987*time.Millisecond - f.Inject.To, 6007*time.Millisecond + rtt - f.Inject.From}); *r.Failover != want {
		t.Errorf("failover %s, want %s", r.Failover, want)
	}
}

func TestAnswersFromBeforeTheFaultAreNoFailover(t *testing.T) {
	w := world{inject: 5 * sec, remove: 13 * sec, down: 5 * sec, up: 7 * sec, back: 13 * sec}
	rec := watcher{id: "p", every: 20 * time.Millisecond}.watch(w, 20*sec)
	note(rec, w, time.Millisecond, time.Millisecond)
	for i := range rec.Samples[:250] {
		rec.Samples[i].Dest.Region = "r2" // which answers on normal days, too
	}
	_, _, all := measured(t, expected, rec)
	if r := all[0]; !r.Failover.holds(2*sec) || r.Failover.Lower < sec {
		t.Errorf("failover %s", r.Failover)
	}
}

func TestGapsAreNotStable(t *testing.T) {
	// Bad from 5 s to 6 s, good for half a second, then ticks without requests, then good.
	_, _, r := drill(t, world{down: 5 * sec, up: 6 * sec, back: 13 * sec}, func(p *watcher) { p.drop = func(i int64) bool { return i >= 325 && i < 375 } })
	if len(r.Outages) != 1 || !r.Recovery.holds(2500*time.Millisecond) || r.Outages[0].Unknown != 50 {
		t.Errorf("recovery %s, %+v", r.Recovery, r.Outages)
	}
	// The same, but nothing at all is written of those ticks: another outage may hide between two good answers.
	m, f, _ := drill(t, world{down: 5 * sec, up: 6 * sec, back: 13 * sec}, nil)
	v := Views(m)[0]
	v.Requests = slices.DeleteFunc(v.Requests, func(s Request) bool { return s.Tick >= 325 && s.Tick < 425 })
	if r := Measure(v, f, 0, expected); !r.Outage.holds(2*sec) || !r.Outage.holds(sec) {
		t.Errorf("outage %s", r.Outage)
	}
}

func TestNeverBack(t *testing.T) {
	_, _, r := drill(t, world{down: 5 * sec, up: 6 * sec, back: math.MaxInt64}, nil)
	if r.Failback.Bounded() || r.Failback.Lower < 16900*time.Millisecond || r.Failback.Within(5*sec) != Fail || r.Damage != 0 {
		t.Errorf("failback %s, damage %d", r.Failback, r.Damage)
	}
}

func TestPhases(t *testing.T) {
	// Requests at 5 s and 13 s lie across the events.
	_, _, r := drill(t, world{down: 5 * sec, up: 6 * sec, back: 14 * sec, hang: true}, func(p *watcher) { p.phase = 0 })
	if s := r.Before.Share("r1"); r.Before.Bad != 0 || s.Answers != 250 || s.Of != 250 || r.Before.P99 != rtt {
		t.Errorf("before %+v", r.Before)
	}
	if s := r.During.Share("r2"); s.Answers != 350 || r.During.Bad != 49 || r.During.P50 != rtt || r.During.P99 != sec || len(r.During.Shares) != 1 {
		t.Errorf("during %+v", r.During)
	}
	if s := r.After.Share("r2"); s.Answers != 49 || s.Of != 850 || s.Low < 0.04 || s.High > 0.08 {
		t.Errorf("after %+v", r.After)
	}
	if r.Edge.Good != 1 || r.Edge.Bad != 1 {
		t.Errorf("edge %+v", r.Edge)
	}
}

func TestSlowAnswersAreNotGood(t *testing.T) {
	rec := watcher{id: "p", every: 20 * time.Millisecond}.watch(world{inject: 5 * sec, remove: 13 * sec, back: math.MaxInt64, up: math.MaxInt64, down: math.MaxInt64}, 20*sec)
	note(rec, world{inject: 5 * sec, remove: 13 * sec}, 0, 0)
	for i := range rec.Samples {
		if s := &rec.Samples[i]; s.Sched >= record.Millis(6*sec) && s.Sched < record.Millis(7*sec) {
			s.End = s.Sched + record.Millis(300*time.Millisecond)
		}
	}
	o := expected
	_, _, all := measured(t, o, rec)
	if len(all[0].Outages) != 0 {
		t.Errorf("without a bound: %+v", all[0].Outages)
	}
	o.Latency = 250 * time.Millisecond
	_, _, all = measured(t, o, rec)
	if r := all[0]; len(r.Outages) != 1 || !r.Outage.holds(sec) || r.Outages[0].Bad != 50 {
		t.Errorf("%+v", all[0].Outages)
	}
}

func TestFlapsAreToldApart(t *testing.T) {
	rec := watcher{id: "p", every: 20 * time.Millisecond}.watch(world{up: math.MaxInt64, down: math.MaxInt64, back: math.MaxInt64}, 20*sec)
	note(rec, world{inject: 5 * sec, remove: 15 * sec}, 0, 0)
	for i := range rec.Samples {
		// Bad in 5.0–5.5, 5.9–6.3 (less than a second of good ones between) and 9–10.
		at := rec.Samples[i].Sched.Duration()
		if at >= 5*sec && at < 5500*time.Millisecond || at >= 5900*time.Millisecond && at < 6300*time.Millisecond || at >= 9*sec && at < 10*sec {
			rec.Samples[i].OK, rec.Samples[i].Err = false, record.ErrReset
		}
	}
	_, _, all := measured(t, Options{}, rec)
	r := all[0]
	if len(r.Outages) != 2 || !r.Outages[0].Length.holds(1300*time.Millisecond) || r.Outages[0].Bad != 45 || !r.Outages[1].Length.holds(sec) || !r.Outage.holds(1300*time.Millisecond) {
		t.Errorf("%+v", r.Outages)
	}
	if !r.Recovery.holds(5 * sec) { // of the last
		t.Errorf("recovery %s", r.Recovery)
	}
	if r.Failover != nil || r.Failback != nil {
		t.Errorf("failover %v, failback %v: none is expected", r.Failover, r.Failback)
	}
}

func TestTicksWithoutRequestsAreUnknown(t *testing.T) {
	w := world{down: 5 * sec, up: 6 * sec, back: 13 * sec}
	// Nothing was sent from 6 s to 8 s: the service may have been down all the time.
	m, f, r := drill(t, w, func(p *watcher) { p.drop = func(i int64) bool { return i >= 300 && i < 400 } })
	if !r.Outage.holds(sec) || !r.Outage.holds(3*sec) || r.Recovery.Within(2*sec) != Inconclusive || r.Outages[0].Unknown != 100 {
		t.Errorf("outage %s, recovery %s, %+v", r.Outage, r.Recovery, r.Outages)
	}
	doubts := Doubts(m, Views(m)[0], f, r, 2*sec)
	if !has(doubts, DoubtDropped) || len(doubts) != 1 || Judge(Interval{0, 1}, sec, doubts) != Inconclusive {
		t.Errorf("%v", doubts)
	}
	// Unknown between good ones is unknown, too.
	_, _, r = drill(t, world{back: 13 * sec, down: 5 * sec, up: 5 * sec}, func(p *watcher) { p.drop = func(i int64) bool { return i >= 300 && i < 400 } })
	if r.Outage.Lower != 0 || !r.Outage.holds(2*sec) || r.Outage.Within(sec) != Inconclusive {
		t.Errorf("outage %s", r.Outage)
	}
}

func TestAFaultThatWasNotWatchedIsNotPassed(t *testing.T) {
	w := world{inject: 5 * sec, remove: 13 * sec, down: math.MaxInt64, up: math.MaxInt64, back: math.MaxInt64}
	rec := watcher{id: "p", every: 20 * time.Millisecond}.watch(w, 8*sec)
	note(rec, w, 0, 0)
	if _, _, all := measured(t, expected, rec); all[0].Outage.Bounded() {
		t.Errorf("the prober stopped in the fault: outage %s", all[0].Outage)
	}
	rec = watcher{id: "p", every: 20 * time.Millisecond, phase: 6 * sec}.watch(w, 20*sec)
	note(rec, w, 0, 0)
	m, f, all := measured(t, expected, rec)
	if all[0].Outage.Bounded() || !has(Doubts(m, Views(m)[0], f, all[0], 0), DoubtNull) {
		t.Errorf("the prober began in the fault: outage %s", all[0].Outage)
	}
}

func TestTimeline(t *testing.T) {
	m, _, _ := drill(t, world{down: 5 * sec, up: 6 * sec, back: 14 * sec}, nil)
	line := Timeline(Views(m)[0], 0, Options{})
	if len(line) != 30 || line[5].Bad < 49 || line[5].Majority != "" || line[4].Majority != "r1" || line[8].Majority != "r2" || line[20].At != 20*sec || line[20].Shares[0].Of != 50 {
		t.Errorf("%+v", line)
	}
	if n := Changes(line); n != 2 {
		t.Errorf("%d changes, want failover and failback", n)
	}
}

func TestDestinationsByIdentity(t *testing.T) {
	rec := watcher{id: "p", every: 20 * time.Millisecond}.watch(world{down: 5 * sec, up: 6 * sec, back: 13 * sec}, 20*sec)
	note(rec, world{inject: 5 * sec, remove: 13 * sec}, 0, 0)
	for i := range rec.Samples {
		s := &rec.Samples[i]
		s.Identity.SPIFFE, s.Dest = "spiffe://"+s.Dest.Region+"/ns/shop/sa/pay", record.Dest{Address: "10.0.0.1:80"}
	}
	_, _, all := measured(t, Options{Dest: Identity, During: []string{"spiffe://r2/ns/shop/sa/pay"}}, rec)
	if r := all[0]; !r.Failover.holds(sec) || r.Before.Share("spiffe://r1/ns/shop/sa/pay").Answers != 250 {
		t.Errorf("failover %s, before %+v", r.Failover, r.Before)
	}
	_, _, all = measured(t, Options{}, rec)
	if r := all[0]; r.Before.Share("10.0.0.1:80").Answers != 250 {
		t.Errorf("before %+v", r.Before)
	}
}

func TestCut(t *testing.T) {
	m, _, _ := drill(t, world{down: 5 * sec, up: 6 * sec, back: 14 * sec}, func(p *watcher) { p.drop = func(i int64) bool { return i%100 == 99 } })
	v := Views(m)[0].Cut(2*sec, 4*sec)
	if len(v.Requests) != 99 || len(v.Drops) != 1 || v.Requests[0].Sched < 2*sec {
		t.Errorf("%d samples, %d drops", len(v.Requests), len(v.Drops))
	}
}
