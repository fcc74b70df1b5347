package measure

import (
	"context"
	"net"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/passmuster/muster/drill/probe"
	"github.com/passmuster/muster/drill/record"
)

// TestFromRequestsToVerdicts drills a service that hangs for 1.4 s, from the prober through a file to the verdict.
func TestFromRequestsToVerdicts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "p.ndjson")
		anchor := time.Now()
		now := func() record.Millis { return record.Millis(time.Since(anchor)) }
		w, err := record.Create(path, record.Header{Run: "r", Prober: record.Prober{ID: "p", Mode: record.Open}, WallAnchor: anchor}, record.SyncEvents)
		if err != nil {
			t.Fatal(err)
		}
		hangs := func() bool {
			at := time.Since(anchor)
			return at >= 5003*time.Millisecond && at < 6403*time.Millisecond
		}
		target := probe.Target{Cell: cell, Protocol: probe.TCP, Address: "10.0.0.1:80", Every: 20 * time.Millisecond, Timeout: 500 * time.Millisecond,
			Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				if hangs() {
					<-ctx.Done()
					return nil, ctx.Err()
				}
				a, b := net.Pipe()
				return a, b.Close()
			}}
		inject := func(after time.Duration, name record.EventName) {
			<-time.After(after)
			for _, edge := range []record.Edge{record.Begin, record.End} {
				if err := w.Event(record.Event{Name: name, Edge: edge, At: now(), Fault: "f", Mode: "hang"}); err != nil {
					t.Error(err)
				}
				<-time.After(2 * time.Millisecond)
			}
		}
		go func() {
			inject(5002*time.Millisecond, record.Inject)
			inject(8*time.Second, record.Remove)
		}()
		if err := probe.Run(t.Context(), []probe.Target{target}, w, probe.Options{Anchor: anchor, Ticks: 1000, Wait: probe.ByTimer}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Close(); err != nil {
			t.Fatal(err)
		}
		rec, err := record.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		m, f, all := measured(t, Options{}, rec)
		if len(all) != 1 || all[0].Cell != cell {
			t.Fatalf("%+v", all)
		}
		r := all[0]
		if !r.Outage.holds(1400*time.Millisecond) || !r.Recovery.holds(1400*time.Millisecond) || r.Outages[0].Bad != 70 {
			t.Errorf("outage %s, recovery %s, %+v", r.Outage, r.Recovery, r.Outages)
		}
		doubts := Doubts(m, Views(m)[0], f, r, 2*sec)
		if got := Judge(r.Recovery, 2*sec, doubts); got != Pass {
			t.Errorf("%s: %s, %v", got, r.Recovery, doubts)
		}
		if got := Judge(r.Recovery, sec, doubts); got != Fail {
			t.Errorf("%s: %s, %v", got, r.Recovery, doubts)
		}
	})
}
