package audit_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/audit/audittest"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

var pay = observe.Subject{Namespace: "shop", Service: "pay", Port: 80, Source: "shop/web"}

// source is one that says what a function tells it.
func source(name, format string, tell func(to observe.Sink) error) audit.Foreign {
	return audit.Foreign{Name: name, Format: format, Read: func(_ context.Context, to observe.Sink) (audit.ForeignSummary, error) {
		return audit.ForeignSummary{SHA256: "ab", Lines: 3}, tell(to)
	}}
}

// metrics are counters of a mesh, scraped every second: a fault from 20 s to 28 s, and eu-north inside of it.
func metrics(change func(at time.Duration, c *observe.Count)) audit.Foreign {
	return source("metrics.json", "prometheus", func(to observe.Sink) error {
		for at := 16 * sec; at < 36*sec; at += sec {
			c := observe.Count{
				Subject: pay, From: audittest.Anchor.Add(at), To: audittest.Anchor.Add(at + sec), OK: true, Code: 200, Delta: 50, Reporter: observe.ReporterDestination,
				TLS: observe.TLSMutual, Peer: "spiffe://eu-west.mesh/ns/shop/sa/pay", Dest: record.Dest{Region: "eu-west", TLS: observe.TLSMutual, Peer: "spiffe://mesh/ns/shop/sa/web"},
			}
			if at >= 20*sec && at < 29*sec {
				c.Dest.Region, c.Peer = "eu-north", "spiffe://eu-north.mesh/ns/shop/sa/pay"
			}
			if change != nil {
				change(at, &c)
			}
			if err := to.Count(c); err != nil {
				return err
			}
		}
		return nil
	})
}

// generator is a load generator with an open schedule, in a world in which eu-north takes over after 1.4 s.
func generator(format string, change func(at time.Duration, r *observe.Request)) audit.Foreign {
	return source("load.json", format, func(to observe.Sink) error {
		for at := 16 * sec; at < 36*sec; at += 20 * ms {
			r := observe.Request{
				Subject: pay, Start: audittest.Anchor.Add(at), End: audittest.Anchor.Add(at + 5*ms), OK: true, Code: 200, TLS: "1.3", Peer: "spiffe://eu-west.mesh/ns/shop/sa/pay",
				Dest: record.Dest{Region: "eu-west", TLS: "1.3", Peer: "spiffe://mesh/ns/shop/sa/web"}, Reporter: observe.ReporterSource,
			}
			switch {
			case at >= 20*sec && at < 21400*ms:
				r.OK, r.Err, r.Code, r.TLS, r.Peer, r.Dest = false, record.ErrProxy, 503, record.TLSUnknown, "", record.Dest{}
			case at >= 20*sec && at < 29*sec:
				r.Dest.Region, r.Peer = "eu-north", "spiffe://eu-north.mesh/ns/shop/sa/pay"
			}
			if change != nil {
				change(at, &r)
			}
			if err := to.Request(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// journal is that of the tool that injected the fault.
var journal = source("journal.json", "chaostoolkit", func(to observe.Sink) error {
	for _, e := range []observe.Event{
		{Kind: observe.Injected, From: audittest.Anchor.Add(20*sec - 5*ms), To: audittest.Anchor.Add(20*sec + 5*ms), Name: "cut eu-west", OK: true},
		{Kind: observe.RolledBack, From: audittest.Anchor.Add(28*sec - 5*ms), To: audittest.Anchor.Add(28*sec + 5*ms), Name: "restore eu-west", OK: true},
	} {
		if err := to.Event(e); err != nil {
			return err
		}
	}
	return nil
})

func TestForeignSourcesBesideAProber(t *testing.T) {
	silent := func(s *record.Sample) { s.Dest.TLS, s.Dest.Peer, s.Identity = "", "", record.Identity{} }
	for _, tc := range []struct {
		name    string
		world   audittest.World
		sources []audit.Foreign
		want    string
		verdict measure.Verdict
		says    string
	}{
		{name: "metrics prove what the prober cannot see", world: audittest.World{Failover: 1420 * ms, Back: 1350 * ms, Hang: true, Standby: silent},
			sources: []audit.Foreign{metrics(nil)}, want: "D22", verdict: measure.Pass, says: "nobody compared the clocks of metrics.json"},
		{name: "only the destination's side does", world: audittest.World{Failover: 1420 * ms, Back: 1350 * ms, Hang: true, Standby: silent},
			sources: []audit.Foreign{metrics(func(_ time.Duration, c *observe.Count) {
				c.Reporter, c.TLS, c.Dest.TLS, c.Dest.Peer = observe.ReporterSource, record.TLSUnknown, "", ""
			})}, want: "D08 D22", verdict: measure.Inconclusive, says: "no answer tells how"},
		{name: "metrics saw plaintext", world: good(), sources: []audit.Foreign{metrics(func(at time.Duration, c *observe.Count) {
			if at == 24*sec {
				c.TLS, c.Dest.TLS = record.TLSNone, record.TLSNone
			}
		})}, want: "D06 D22", verdict: measure.Fail, says: "50 answers came without TLS (50 from eu-north)"},
		{name: "metrics saw another place", world: good(), sources: []audit.Foreign{metrics(func(at time.Duration, c *observe.Count) {
			if at == 24*sec {
				c.Dest.Region, c.Peer = "us-east", ""
			}
		})}, want: "D02 D22", verdict: measure.Pass, says: "from us-east"},
		{name: "a log says why", world: good(), sources: []audit.Foreign{generator("istio-text", func(at time.Duration, r *observe.Request) {
			if !r.OK {
				r.Flags = "UO"
			}
		})}, want: "D13 D22", verdict: measure.Pass, says: "refused for overload"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := &audittest.Drill{Plan: audittest.Plan("hang"), Worlds: map[string]audittest.World{"hang": tc.world}}
			r := audited(t, d, func(in *audit.Input) { in.Foreign = tc.sources })
			var said []string
			for _, x := range allDrift(r) {
				said = append(said, x.Class+" "+x.Message)
			}
			if got := strings.Join(drifts(r), " "); got != tc.want || r.Verdict != tc.verdict || !strings.Contains(strings.Join(said, "\n"), tc.says) {
				t.Errorf("%s with %q, want %s with %q\n%s\n%q", r.Verdict, got, tc.verdict, tc.want, strings.Join(said, "\n"), r.Reasons)
			}
			if len(r.Sources) != 2 || len(r.Cells) != 2 {
				t.Errorf("%d sources, %d cells", len(r.Sources), len(r.Cells))
			}
		})
	}
}

func TestEndpointsThatAreEjectedAgainAndAgain(t *testing.T) {
	// A proxy is asked every half second; the endpoint is out and in again, as often as it takes.
	proxy := func(times int) audit.Foreign {
		return source("clusters.json", "envoy-clusters", func(to observe.Sink) error {
			for i := range 14 {
				at := audittest.Anchor.Add(20500*ms + time.Duration(i)*500*ms)
				s := observe.State{Subject: pay, At: at, Proxy: "web-1", Hosts: []observe.Host{{Address: "10.0.0.1:80", Region: "eu-west", Ejected: i%2 == 0 && i/2 < times}}}
				if err := to.State(s); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for times, want := range map[int]string{3: "", 4: "D11"} {
		d := &audittest.Drill{Plan: audittest.Plan("hang"), Worlds: map[string]audittest.World{"hang": good()}}
		r := audited(t, d, func(in *audit.Input) { in.Foreign = []audit.Foreign{proxy(times)} })
		if got := strings.Join(drifts(r), " "); got != want {
			t.Errorf("%d times: %q, want %q", times, got, want)
		}
	}
}

func TestForeignSourcesAlone(t *testing.T) {
	for _, tc := range []struct {
		name    string
		sources []audit.Foreign
		bound   time.Duration
		verdict measure.Verdict
		says    string
		cells   int
	}{
		{name: "an open load generator, and a journal", sources: []audit.Foreign{generator("k6", nil), journal}, bound: 20 * ms, verdict: measure.Pass, cells: 1},
		{name: "nobody compared clocks", sources: []audit.Foreign{generator("k6", nil), journal}, verdict: measure.Inconclusive, says: "nobody compared the clocks", cells: 1},
		{name: "what was not sent is unknown", sources: []audit.Foreign{generator("istio-text", nil), journal}, bound: 20 * ms, verdict: measure.Inconclusive, says: "not of those that were not", cells: 1},
		{name: "too slow", sources: []audit.Foreign{generator("k6", func(at time.Duration, r *observe.Request) {
			if at >= 20*sec && at < 23*sec {
				r.OK, r.Err, r.Code, r.TLS, r.Peer, r.Dest = false, record.ErrProxy, 503, record.TLSUnknown, "", record.Dest{}
			}
		}), journal}, bound: 20 * ms, verdict: measure.Fail, says: "2s is promised", cells: 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := audit.Audit(t.Context(), audit.Input{Plan: audittest.Plan("hang"), Foreign: tc.sources, ClockBound: tc.bound})
			if err != nil {
				t.Fatal(err)
			}
			if r.Verdict != tc.verdict || !strings.Contains(strings.Join(r.Reasons, "\n"), tc.says) || len(r.Cells) != tc.cells {
				t.Errorf("%s: %q\n%+v", r.Verdict, r.Reasons, drifts(r))
			}
			if len(r.Faults) != 1 || r.Faults[0].Mode != "hang" || r.Faults[0].Remove == nil {
				t.Errorf("faults %+v", r.Faults)
			}
		})
	}
	if _, err := audit.Audit(t.Context(), audit.Input{Plan: audittest.Plan("hang"), Foreign: []audit.Foreign{generator("k6", nil)}}); err == nil {
		t.Error("nobody tells when the fault was")
	}
}
