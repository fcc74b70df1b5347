package audit_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/audit/audittest"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
)

const ms = time.Millisecond

// audited audits one simulated run.
func audited(t *testing.T, d *audittest.Drill, change func(*audit.Input)) *audit.Report {
	t.Helper()
	f, err := d.File("results-p1.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	in := audit.Input{Plan: d.Plan, Files: []audit.File{f}, Tool: "test"}
	if change != nil {
		change(&in)
	}
	r, err := audit.Audit(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// drifts are the classes of a report, with those of its cells, sorted.
func drifts(r *audit.Report) []string {
	all := []string{}
	for _, d := range allDrift(r) {
		all = append(all, d.Class)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func allDrift(r *audit.Report) []audit.Drift {
	all := slices.Clone(r.Drift)
	for _, c := range r.Cells {
		all = append(all, c.Drift...)
	}
	return all
}

// TestMeasuredDrills holds what a comparator must say about the drills of the reference: two proxies and a gRPC client, with
// processes killed and stopped, another authority, a standby in plaintext and a slow way back.
func TestMeasuredDrills(t *testing.T) {
	plain := func(s *record.Sample) { s.Dest.TLS, s.Dest.Peer = record.TLSNone, "" }
	for _, tc := range []struct {
		name     string
		mode     string
		world    audittest.World
		change   func(*plan.Plan)
		verdict  measure.Verdict
		drift    []string
		says     string // a part of a message or reason
		standing audit.Standing
	}{
		{name: "HAProxy A, killed", mode: "crash", world: audittest.World{Failover: 1340 * ms, Back: 1350 * ms},
			verdict: measure.Pass, drift: []string{"D21"}, standing: audit.Confirmed},
		{name: "HAProxy A, stopped", mode: "hang", world: audittest.World{Failover: 2890 * ms, Back: 1360 * ms, Hang: true},
			verdict: measure.Fail, drift: []string{"D05"}, says: "more than the objective of 2s; haproxy.yaml:12:3 decides", standing: audit.Refuted},
		{name: "HAProxy B, stopped", mode: "hang", world: audittest.World{Failover: 0, Back: 1360 * ms, Hang: true}, change: func(p *plan.Plan) { p.Expect[0].Recovery.Lower = 0 },
			verdict: measure.Pass, drift: []string{}, standing: audit.Confirmed},
		{name: "gRPC, outlier detection, killed", mode: "crash", world: audittest.World{Failover: 10 * ms, Back: 1120 * ms}, change: func(p *plan.Plan) { p.Expect[0].Recovery.Lower = 0 },
			verdict: measure.Pass, drift: []string{"D21"}, standing: audit.Confirmed},
		{name: "gRPC, outlier detection, stopped", mode: "hang", world: audittest.World{Failover: 1420 * ms, Back: 3920 * ms, Hang: true},
			verdict: measure.Pass, drift: []string{}, standing: audit.Confirmed},
		{name: "gRPC without, killed", mode: "crash", world: audittest.World{Failover: 0, Back: 810 * ms}, change: func(p *plan.Plan) { p.Expect[0].Recovery.Lower = 0 },
			verdict: measure.Pass, drift: []string{"D21"}, standing: audit.Confirmed},
		{name: "gRPC without, stopped", mode: "hang", world: audittest.World{Failover: audittest.Never, Back: 0, Hang: true},
			verdict: measure.Fail, drift: []string{"D01"}, says: "did not fail over to eu-north while region=eu-west hung (hang)", standing: audit.Refuted},
		{name: "gRPC without, stopped, as predicted", mode: "hang", world: audittest.World{Failover: audittest.Never, Back: 0, Hang: true}, change: func(p *plan.Plan) {
			e := &p.Expect[0]
			e.Outcome, e.FailingShare, e.During, e.Recovery, e.Encryption = "lost", 1, nil, nil, ""
		}, verdict: measure.Fail, drift: []string{"D05"}, says: "was lost while region=eu-west hung", standing: audit.Confirmed},
		{name: "a standby of another authority, killed", mode: "crash", world: audittest.World{Failover: audittest.Never, Back: 0},
			verdict: measure.Fail, drift: []string{"D01", "D21"}, says: "none was answered there", standing: audit.Refuted},
		{name: "a standby in plaintext, killed", mode: "crash", world: audittest.World{Failover: 1360 * ms, Back: 1350 * ms, Standby: plain},
			verdict: measure.Fail, drift: []string{"D06", "D21"}, says: "answers came without TLS", standing: audit.Refuted},
		{name: "a slow way back", mode: "crash", world: audittest.World{Failover: 10 * ms, Back: 5310 * ms}, change: func(p *plan.Plan) { p.Expect[0].Recovery.Lower = 0 },
			verdict: measure.Fail, drift: []string{"D05", "D21"}, says: "to return to eu-west", standing: audit.Confirmed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := audittest.Plan(tc.mode)
			if tc.change != nil {
				tc.change(p)
			}
			r := audited(t, &audittest.Drill{Plan: p, Worlds: map[string]audittest.World{tc.mode: tc.world}}, nil)
			if r.Verdict != tc.verdict || !slices.Equal(drifts(r), tc.drift) {
				t.Errorf("%s with %q, want %s with %q\nreasons %q", r.Verdict, drifts(r), tc.verdict, tc.drift, r.Reasons)
			}
			said := slices.Clone(r.Reasons)
			for _, d := range allDrift(r) {
				said = append(said, d.Message)
			}
			if !strings.Contains(strings.Join(said, "\n"), tc.says) {
				t.Errorf("nobody says %q:\n%s", tc.says, strings.Join(said, "\n"))
			}
			if len(r.Cells) != 1 || r.Cells[0].Static != tc.standing {
				t.Errorf("prediction %s, want %s: %+v", r.Cells[0].Static, tc.standing, r.Static)
			}
		})
	}
}
