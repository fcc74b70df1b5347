package measure

import (
	"reflect"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/record"
)

func TestViewsKeepWhatWasRecorded(t *testing.T) {
	rec := watcher{id: "p", every: 20 * time.Millisecond}.watch(world{down: 5 * sec, up: 6 * sec, back: 8 * sec}, 9*sec)
	for i := range rec.Samples {
		s := &rec.Samples[i]
		s.Line, s.Epoch = int64(i+2), int64(i%7)
		if i%50 == 3 {
			s.Flags, s.Attempts, s.Role, s.TLS, s.Identity.SPIFFE, s.Dest.Peer = "URX", 2, "primary", "1.3", "spiffe://a", "spiffe://b"
		}
	}
	rec.Samples[9].Marker = &record.Marker{Op: record.MarkerWrite, N: 4}
	m, err := record.Merge(rec)
	if err != nil {
		t.Fatal(err)
	}
	v := Views(m)[0]
	if len(v.Requests) != len(rec.Samples) || len(v.Kinds) > 8 {
		t.Errorf("%d requests of %d kinds", len(v.Requests), len(v.Kinds))
	}
	for i, want := range rec.Samples {
		want.Marker = nil
		if got := v.Sample(i); !reflect.DeepEqual(got, want) {
			t.Fatalf("%d: %+v, want %+v", i, got, want)
		}
	}
	if want := (Mark{9, record.MarkerWrite, 4}); len(v.Marks) != 1 || v.Marks[0] != want {
		t.Errorf("marks %+v", v.Marks)
	}
	// The mark moves with its request, and goes with it.
	if part := v.Cut(100*time.Millisecond, sec); len(part.Marks) != 1 || part.Marks[0].Request != 4 || part.Requests[4].Line != 11 {
		t.Errorf("marks %+v", part.Marks)
	}
	if rest := v.Without(100*time.Millisecond, sec); len(rest.Marks) != 0 || len(rest.Requests) != len(v.Requests)-46 {
		t.Errorf("marks %+v, %d requests", rest.Marks, len(rest.Requests))
	}
	var c Collector
	for i := range rec.Samples {
		if err := c.Sample(&rec.Samples[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Drop(&record.Drop{Cell: cell, Prober: "p", Count: 1, Sched: record.Millis(sec)}); err != nil {
		t.Fatal(err)
	}
	moved := c.Views(3 * sec)[0]
	if moved.Requests[5].Sched != v.Requests[5].Sched+3*sec || moved.Requests[5].End != v.Requests[5].End+3*sec || moved.Requests[5].Late != v.Requests[5].Late || moved.Drops[0].Sched != record.Millis(4*sec) {
		t.Errorf("%+v", moved.Requests[5])
	}
}

func TestPhasesTellKindsLinesAndTails(t *testing.T) {
	// A fault from 5 s to 13 s; r2 answers from 6 s on, and slowly from 7 s to 7.5 s.
	w := world{inject: 5 * sec, remove: 13 * sec, down: 5 * sec, up: 6 * sec, back: 14 * sec}
	rec := watcher{id: "p", every: 20 * time.Millisecond, phase: 7 * time.Millisecond}.watch(w, 20*sec)
	note(rec, w, time.Millisecond, time.Millisecond)
	for i := range rec.Samples {
		s := &rec.Samples[i]
		s.Line = int64(i + 2)
		if at := s.Sched.Duration(); at >= 7*sec && at < 7500*time.Millisecond {
			s.End = s.Sched + record.Millis(300*time.Millisecond)
		}
		if !s.OK {
			s.Flags = "UF,URX"
		}
	}
	o := expected
	o.Latency, o.Over, o.Settle = 250*time.Millisecond, 100*time.Millisecond, 2*sec
	_, f, all := measured(t, o, rec)
	r := all[0]
	if r.During.Bad != 75 || r.During.Slow != 25 || r.During.Over != 25 || r.During.Errors[record.ErrTimeout] != 50 || r.During.Flags["UF"] != 50 || r.During.Flags["URX"] != 50 || len(r.During.Flags) != 2 {
		t.Errorf("during %+v", r.During)
	}
	// Settled is from 7 s on, and steady from 7.5 s on.
	if r.Settled.Good != 275 || r.Settled.Slow != 25 || r.Steady.Bad != 0 || r.Steady.Good < 270 || r.Steady.Good > 275 {
		t.Errorf("settled %+v\nsteady %+v", r.Settled, r.Steady)
	}
	var failed Group
	for _, g := range r.During.Groups {
		if !Views(mustMerge(t, rec))[0].Kinds[g.Kind].OK {
			failed = g
		}
	}
	if failed.Bad != 50 || failed.First != 252 || failed.Last != 301 {
		t.Errorf("failed %+v", failed)
	}
	counts := map[PhaseName]int{}
	settled := 0
	Each(Views(mustMerge(t, rec))[0], f, 0, o, func(p Point) {
		counts[p.Phase]++
		if p.Settled {
			settled++
		}
		if p.Place == "r2" && (p.Sent < 6*sec || p.Sent > 14*sec) {
			t.Errorf("%+v", p)
		}
	})
	if counts[Before] != r.Before.Sent() || counts[During] != r.During.Sent() || counts[After] != r.After.Sent() || counts[Edge] != r.Edge.Sent() || settled != r.Settled.Sent() {
		t.Errorf("%v, %d settled", counts, settled)
	}
}

func mustMerge(t *testing.T, rec *record.Recording) *record.Merged {
	t.Helper()
	m, err := record.Merge(rec)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
