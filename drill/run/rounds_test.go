package run

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
)

func TestADrillGoesThroughItsRounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{failover: 1450 * time.Millisecond}
		began := time.Now()
		res, r, err := drill(t, t.Context(), w.options(t, thePlan()))
		must(t, err)
		wants(t, "rounds", res.Done, []string{"null", "crash", "hang"})
		wants(t, "events", told(r), []string{
			"round begin null", "round end null",
			"round begin crash", "inject begin crash", "inject end crash", "remove begin crash", "remove end crash", "round end crash",
			"round begin hang", "inject begin hang", "inject end hang", "remove begin hang", "remove end hang", "round end hang",
		})
		// 9.95 s of the normal day, then 5, 9.95 and 8 s twice. A tenth of a second is a request.
		cells := map[string]int{}
		for _, s := range r.Samples {
			cells[s.Cell]++
		}
		if n := cells[shop+"|80||web|none|crash"]; n != 100 {
			t.Errorf("%d requests of the normal day", n)
		}
		if a, b := cells[cellOf("web", "crash")], cells[cellOf("web", "hang")]; a != 230 || b != 230 || len(cells) != 3 {
			t.Errorf("cells %v", cells)
		}
		if took := time.Since(began); took != 55850*time.Millisecond {
			t.Errorf("it took %s", took)
		}
		m, err := record.Merge(r)
		must(t, err)
		faults, err := measure.Faults(m.Events)
		must(t, err)
		for _, v := range measure.Views(m) {
			if v.Cell != cellOf("web", "hang") {
				continue
			}
			got := measure.Measure(v, faults[1], 0, measure.Options{During: []string{"eu-north"}, After: []string{"eu-west"}})
			if doubts := measure.Doubts(m, v, faults[1], got, 5*time.Second); len(doubts) > 0 {
				t.Errorf("doubts: %v", doubts)
			}
			if got.Recovery.Lower > w.failover || got.Recovery.Upper < w.failover || got.Before.Good == 0 || got.After.Good == 0 {
				t.Errorf("recovery %v, before %+v, after %+v", got.Recovery, got.Before, got.After)
			}
		}
		if !r.Complete() || r.Header.PlanDigest == "" || r.Header.ConfigDigest != "sha256:cc" {
			t.Errorf("header %+v, complete %v", r.Header, r.Complete())
		}
	})
}

func TestANullRoundThatIsNotCleanEndsTheDrill(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*world, *plan.Plan)
		want   string
	}{
		"errors":      {func(w *world, _ *plan.Plan) { w.broken = true }, "100 of 100 requests went wrong (http)"},
		"elsewhere":   {func(w *world, _ *plan.Plan) { w.strange = true }, "100 of 100 answers came from us-east, and should from [eu-west]"},
		"not told":    {func(_ *world, p *plan.Plan) { p.Probes[0].Echo.Region = "X-Other" }, "answers came from nobody knows whom"},
		"no echo":     {func(w *world, p *plan.Plan) { w.strange, p.Probes[0].Echo.Region = true, "" }, ""},
		"all is well": {func(*world, *plan.Plan) {}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, p := &world{}, thePlan()
				tc.change(w, p)
				o := w.options(t, p)
				o.NullOnly = tc.want == ""
				res, r, err := drill(t, t.Context(), o)
				if tc.want == "" {
					must(t, err)
					wants(t, "rounds", res.Done, []string{"null"})
					return
				}
				if a, ok := errors.AsType[*Aborted](err); !ok || !strings.Contains(a.Why, tc.want) {
					t.Errorf("error %v, want %q", err, tc.want)
				}
				wants(t, "events", told(r), []string{"round begin null", "abort", "round end null failed"})
				if len(w.acts) > 0 {
					t.Errorf("something was injected: %v", w.acts)
				}
			})
		})
	}
}

func TestWhateverEndsARoundTheFaultIsRemoved(t *testing.T) {
	hang := func(w *world, p *plan.Plan) {
		w.failover = time.Hour
		p.Scenario.FaultModes, p.Expect = []string{"hang"}, p.Expect[1:]
	}
	for name, tc := range map[string]struct {
		change func(*world, *plan.Plan)
		cancel time.Duration // after the injection
		why    string
		holds  string
		ends   []string
		after  time.Duration // of the removal, after the injection
	}{
		"too many errors": {
			change: func(w *world, p *plan.Plan) {
				hang(w, p)
				p.Safety.AbortOn = []plan.Abort{{Metric: "error_ratio", Over: 0.25, For: plan.Duration(4 * time.Second)}}
			},
			// Requests fail a second after they were sent; in the second before that none ends: 8 of 31 are more than a quarter.
			why: "error_ratio is above 0.25", after: 1700 * time.Millisecond,
			ends: []string{"inject begin hang", "inject end hang", "remove begin hang", "remove end hang", "abort hang", "round end hang failed"},
		},
		"too slow": {
			change: func(w *world, p *plan.Plan) {
				hang(w, p)
				p.Safety.AbortOn = []plan.Abort{{Metric: "latency_p99_ms", Over: 500, For: plan.Duration(2 * time.Second)}}
			},
			why: "latency_p99_ms is above 500", after: 1100 * time.Millisecond,
			ends: []string{"inject begin hang", "inject end hang", "remove begin hang", "remove end hang", "abort hang", "round end hang failed"},
		},
		"interrupted": {
			change: hang, cancel: 3 * time.Second, why: context.Canceled.Error(), after: 3 * time.Second,
			ends: []string{"inject begin hang", "inject end hang", "remove begin hang", "remove end hang", "abort hang", "round end hang failed"},
		},
		"the injection fails": {
			change: func(w *world, p *plan.Plan) { hang(w, p); w.refuse = map[string]error{"inject hang": errNo} },
			why:    "inject hang: no",
			ends:   []string{"inject begin hang", "inject end hang failed", "remove begin hang", "remove end hang", "abort hang", "round end hang failed"},
		},
		"interrupted while injecting": {
			change: func(w *world, p *plan.Plan) { hang(w, p); w.hang = map[string]bool{"inject hang": true} },
			cancel: 3 * time.Second, why: "inject hang: context canceled", after: 3 * time.Second,
			ends: []string{"inject begin hang", "inject end hang failed", "remove begin hang", "remove end hang", "abort hang", "round end hang failed"},
		},
		"the removal fails": {
			change: func(w *world, p *plan.Plan) { hang(w, p); w.refuse = map[string]error{"remove hang": errNo} },
			why:    "the fault was not removed", holds: "no", after: 9950 * time.Millisecond,
			ends: []string{"inject begin hang", "inject end hang", "remove begin hang", "remove end hang failed", "abort hang", "round end hang failed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, p := &world{}, thePlan()
				tc.change(w, p)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var injected, removed time.Time
				w.onBegin = func(name record.EventName) {
					if name == record.Remove {
						removed = time.Now()
						return
					}
					injected = time.Now()
					if tc.cancel > 0 {
						time.AfterFunc(tc.cancel, cancel)
					}
				}
				_, r, err := drill(t, ctx, w.options(t, p))
				a, ok := errors.AsType[*Aborted](err)
				if !ok || !strings.HasPrefix(a.Why, tc.why) || (a.Holds != nil) != (tc.holds != "") {
					t.Fatalf("error %v; want %q, %q", err, tc.why, tc.holds)
				}
				if a.Holds != nil && !strings.Contains(a.Holds.Error(), tc.holds) {
					t.Errorf("holds: %v", a.Holds)
				}
				wants(t, "events", told(r)[3:], tc.ends)
				if late := removed.Sub(injected) - tc.after; late < 0 || late > 2*watchEvery {
					t.Errorf("removed %s after the injection, want %s", removed.Sub(injected), tc.after)
				}
				if !r.Complete() {
					t.Error("the record has no footer")
				}
				if _, err := measure.Faults(r.Events); err != nil {
					t.Errorf("the record cannot be measured: %v", err)
				}
			})
		})
	}
}

func TestAFileEndsADrill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p := &world{}, thePlan()
		p.Safety.AbortOn = []plan.Abort{{Metric: "file", Path: "stop"}}
		o := w.options(t, p)
		w.onBegin = func(record.EventName) {
			time.AfterFunc(time.Second, func() { _ = keep(o.PlanPath[:len(o.PlanPath)-len("plan.yaml")]+"stop", nil) })
		}
		_, _, err := drill(t, t.Context(), o)
		if a, ok := errors.AsType[*Aborted](err); !ok || !strings.Contains(a.Why, "stop is there") {
			t.Errorf("error %v", err)
		}
		wants(t, "acts", w.acts, []string{"inject crash", "remove crash"})
	})
}
