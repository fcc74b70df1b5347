package audit_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/audit/audittest"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
)

const sec = time.Second

// good is a world in which everything goes as it was predicted.
func good() audittest.World {
	return audittest.World{Failover: 1420 * ms, Back: 1350 * ms, Hang: true}
}

// answer makes a request one that was answered well from a region.
func answer(s *record.Sample, region string) {
	s.OK, s.Err, s.Code, s.TLS = true, "", 200, "1.3"
	s.Dest = record.Dest{Region: region, TLS: "1.3", Peer: "spiffe://mesh/ns/shop/sa/web"}
	s.Identity = record.Identity{SPIFFE: "spiffe://" + region + ".mesh/ns/shop/sa/pay", Root: "sha256:aa"}
	s.End = s.Sched + s.Late + record.Millis(5*ms)
}

// fail makes a request one that went wrong.
func fail(s *record.Sample, err record.ErrorClass, flags string) {
	s.OK, s.Err, s.Code, s.Flags, s.Dest, s.Identity = false, err, 0, flags, record.Dest{}, record.Identity{}
}

func within(since, from, to time.Duration) bool { return since >= from && since < to }

// each changes requests of a good world.
func each(change func(since time.Duration, s *record.Sample)) audittest.World {
	w := good()
	w.Each = change
	return w
}

func TestClasses(t *testing.T) {
	rpo := plan.Duration(0)
	markers := func(lost int64) func(time.Duration, *record.Sample) {
		return func(since time.Duration, s *record.Sample) {
			switch n := s.Tick / 10; s.Tick % 10 {
			case 0:
				s.Marker = &record.Marker{Op: record.MarkerWrite, N: n}
			case 5:
				s.Marker = &record.Marker{Op: record.MarkerRead, N: n}
				if within(since, 1420*ms, 3*sec) {
					s.Marker.N = n - lost
				}
			}
		}
	}
	roles := func(epochAfter int64) func(time.Duration, *record.Sample) {
		return func(since time.Duration, s *record.Sample) {
			s.Role, s.Epoch = "primary", 7
			switch {
			case s.Dest.Region == "eu-north":
				s.Epoch = 8
			case since > 8*sec:
				s.Epoch = epochAfter
			}
		}
	}
	even := func(p *plan.Plan) { p.Expect[0].During = map[string]float64{"eu-north": 0.5, "eu-south": 0.5} }
	split := func(of, south int64) func(time.Duration, *record.Sample) {
		return func(since time.Duration, s *record.Sample) {
			if s.Dest.Region == "eu-north" && s.Tick*7%of < south {
				s.Dest.Region = "eu-south"
			}
		}
	}
	loud := ""
	for _, tc := range []struct {
		name    string
		plan    func(*plan.Plan)
		world   audittest.World
		drill   func(*audittest.Drill)
		input   func(*audit.Input)
		want    string // the classes, all of them
		verdict measure.Verdict
		says    string
	}{
		{name: "all is well", world: good(), verdict: measure.Pass},

		{name: "D01 nothing takes over", world: audittest.World{Failover: audittest.Never, Hang: true}, want: "D01", verdict: measure.Fail, says: "did not fail over"},
		{name: "D01 not: too few requests to tell", world: audittest.World{Failover: audittest.Never, Hang: true}, drill: func(d *audittest.Drill) { d.Every = 400 * ms },
			want: "D05", verdict: measure.Fail, says: "at least 6"},
		{name: "D01 not: a few are answered", world: func() audittest.World {
			w := audittest.World{Failover: audittest.Never, Hang: true}
			w.Each = func(since time.Duration, s *record.Sample) {
				if within(since, 3*sec, 3100*ms) {
					answer(s, "eu-north")
				}
			}
			return w
		}(), want: "D04 D05", verdict: measure.Fail, says: "recovered in part only"},

		{name: "D02 elsewhere", world: audittest.World{Failover: 1420 * ms, Back: 1350 * ms, Hang: true, Standby: func(s *record.Sample) {
			if s.Tick%4 == 0 {
				s.Dest.Region = "us-east"
			}
		}}, want: "D02", verdict: measure.Pass, says: "was answered from us-east while region=eu-west hung"},
		{name: "D02 not: also expected there", plan: func(p *plan.Plan) { p.Expect[0].During = map[string]float64{"eu-north": 0.75, "us-east": 0.25} },
			world: audittest.World{Failover: 1420 * ms, Back: 1350 * ms, Hang: true, Standby: func(s *record.Sample) {
				if s.Tick%4 == 0 {
					s.Dest.Region = "us-east"
				}
			}}, verdict: measure.Pass},

		{name: "D03 what failed answers", world: each(func(since time.Duration, s *record.Sample) {
			if within(since, 3*sec, 4*sec) {
				answer(s, "eu-west")
			}
		}), want: "D03", verdict: measure.Inconclusive, says: "50 answers from region=eu-west, wholly inside the fault"},
		{name: "D03 not: across the edges", world: each(func(since time.Duration, s *record.Sample) {
			if within(since, -20*ms, 0) || within(since, 7980*ms, 8*sec) {
				answer(s, "eu-west")
				s.End += record.Millis(25 * ms)
			}
		}), verdict: measure.Pass},

		{name: "D04 a part still fails", world: each(func(since time.Duration, s *record.Sample) {
			if within(since, 1420*ms, 8*sec) && s.Tick%5 == 0 {
				fail(s, record.ErrHTTP, "")
			}
		}), want: "D04 D05", verdict: measure.Fail, says: "recovered in part only"},
		{name: "D04 not: as many as predicted", plan: func(p *plan.Plan) {
			p.Expect[0].Outcome, p.Expect[0].FailingShare, p.Objectives.RTO = "degraded", 0.2, 0
		}, world: each(func(since time.Duration, s *record.Sample) {
			if within(since, 1420*ms, 8*sec) && s.Tick%5 == 0 {
				fail(s, record.ErrHTTP, "")
			}
		}), verdict: measure.Pass},

		{name: "D05 recovery", world: audittest.World{Failover: 2200 * ms, Back: 0, Hang: true}, want: "D05", verdict: measure.Fail, says: "to recover"},
		{name: "D05 not: at the objective", world: audittest.World{Failover: 2 * sec, Back: 0, Hang: true}, verdict: measure.Inconclusive, says: "whether the promised 2s is kept cannot be told"},
		{name: "D05 detection", plan: func(p *plan.Plan) { p.Objectives.Detect = plan.Duration(sec) }, world: audittest.World{Each: func(since time.Duration, s *record.Sample) {
			if within(since, 1200*ms, 1800*ms) {
				fail(s, record.ErrReset, "")
			}
		}}, want: "D05", verdict: measure.Fail, says: "showed no failure for 1.18s to 1.2s"},
		{name: "D05 not: detected in time", plan: func(p *plan.Plan) { p.Objectives.Detect = plan.Duration(1300 * ms) }, world: audittest.World{Each: func(since time.Duration, s *record.Sample) {
			if within(since, 1200*ms, 1800*ms) {
				fail(s, record.ErrReset, "")
			}
		}}, verdict: measure.Pass},
		{name: "D05 budget", plan: func(p *plan.Plan) {
			p.Objectives.Target, p.Objectives.Window, p.Objectives.MaxBudgetBurn = 0.999, plan.Duration(time.Hour), 0.3
		}, world: good(), want: "D05", verdict: measure.Fail, says: "39.4"},
		{name: "D05 not: within the budget", plan: func(p *plan.Plan) {
			p.Objectives.Target, p.Objectives.Window, p.Objectives.MaxBudgetBurn = 0.999, plan.Duration(time.Hour), 0.5
		}, world: good(), verdict: measure.Pass},
		{name: "D05 way back", world: audittest.World{Failover: 1420 * ms, Back: 5310 * ms, Hang: true}, want: "D05", verdict: measure.Fail, says: "took 5.3s to 5.32s to return to eu-west"},

		{name: "D06 own hop", world: audittest.World{Failover: 1420 * ms, Back: 1350 * ms, Hang: true, Standby: func(s *record.Sample) { s.TLS, s.Identity = record.TLSNone, record.Identity{} }},
			want: "D06", verdict: measure.Fail, says: "from eu-north"},
		{name: "D06 not: the own hop is local", plan: func(p *plan.Plan) { p.Probes[0].TLS, p.Probes[0].Target = nil, "http://pay.shop" }, world: good(),
			drill: func(d *audittest.Drill) {
				d.Sample = func(s *record.Sample) bool {
					s.Identity = record.Identity{}
					if s.OK {
						s.TLS = record.TLSNone
					}
					return true
				}
			}, verdict: measure.Pass},
		{name: "D06 predicted, and new with the failover", plan: func(p *plan.Plan) { p.Expect[0].Encryption = "plaintext" },
			world: audittest.World{Failover: 1420 * ms, Back: 1350 * ms, Hang: true, Standby: func(s *record.Sample) { s.Dest.TLS = record.TLSNone }}, want: "D06", verdict: measure.Fail},
		{name: "D06 not: plaintext every day, as predicted", plan: func(p *plan.Plan) { p.Expect[0].Encryption = "plaintext" }, world: good(),
			drill: func(d *audittest.Drill) {
				d.Sample = func(s *record.Sample) bool {
					if s.OK {
						s.Dest.TLS, s.Dest.Peer = record.TLSNone, ""
					}
					return true
				}
			}, verdict: measure.Pass},

		{name: "D07 a stranger", world: audittest.World{Failover: 1420 * ms, Back: 1350 * ms, Hang: true, Standby: func(s *record.Sample) { s.Identity.SPIFFE = "spiffe://rogue/ns/shop/sa/pay" }},
			want: "D07", verdict: measure.Fail, says: "by spiffe://rogue/ns/shop/sa/pay"},
		{name: "D07 the other place's identity", world: audittest.World{Failover: 1420 * ms, Back: 1350 * ms, Hang: true, Standby: func(s *record.Sample) { s.Identity.SPIFFE = "spiffe://eu-west.mesh/ns/shop/sa/pay" }},
			want: "D07", verdict: measure.Fail},
		{name: "D07 not: one gateway in front of all", world: good(), drill: func(d *audittest.Drill) {
			d.Sample = func(s *record.Sample) bool {
				if s.OK {
					s.Identity.SPIFFE = "spiffe://mesh/ns/edge/sa/gateway"
				}
				return true
			}
		}, verdict: measure.Pass},

		{name: "D08 no echo", world: audittest.World{Failover: 1420 * ms, Back: 1350 * ms, Hang: true, Standby: func(s *record.Sample) {
			s.Dest.TLS, s.Dest.Peer, s.Identity = "", "", record.Identity{}
		}}, want: "D08", verdict: measure.Inconclusive, says: "no answer tells how the request reached its destination"},
		{name: "D08 one side only", world: audittest.World{Failover: 1420 * ms, Back: 1350 * ms, Hang: true, Standby: func(s *record.Sample) { s.Dest.Peer = "" }},
			want: "D08", verdict: measure.Inconclusive, says: "both sides"},
		{name: "D08 not: nothing is promised", plan: func(p *plan.Plan) { p.Expect[0].Encryption = "unknown" },
			world: audittest.World{Failover: 1420 * ms, Back: 1350 * ms, Hang: true, Standby: func(s *record.Sample) {
				s.Dest.TLS, s.Dest.Peer, s.Identity = "", "", record.Identity{}
			}}, verdict: measure.Pass},

		{name: "D09 never back", world: audittest.World{Failover: 1420 * ms, Back: audittest.Never, Hang: true}, want: "D09", verdict: measure.Fail, says: "did not return to eu-west"},
		{name: "D09 not: nothing is promised", plan: func(p *plan.Plan) { p.Objectives.Failback = 0 }, world: audittest.World{Failover: 1420 * ms, Back: audittest.Never, Hang: true}, verdict: measure.Pass},

		{name: "D10 failures on the way back", world: each(func(since time.Duration, s *record.Sample) {
			if within(since, 8500*ms, 8800*ms) {
				fail(s, record.ErrReset, "")
			}
		}), want: "D10", verdict: measure.Pass, says: "15 requests of shop/pay for web went wrong while traffic returned"},
		{name: "D10 not: when all had returned", world: each(func(since time.Duration, s *record.Sample) {
			if within(since, 11500*ms, 11800*ms) {
				fail(s, record.ErrReset, "")
			}
		}), verdict: measure.Pass},

		{name: "D11 flapping", plan: func(p *plan.Plan) { p.Expect[0].During = map[string]float64{"eu-north": 0.9, "eu-south": 0.1} }, world: each(func(since time.Duration, s *record.Sample) {
			if within(since, 3*sec, 4*sec) || within(since, 6*sec, 7*sec) {
				answer(s, "eu-south")
			}
		}), want: "D11", verdict: measure.Pass, says: "changed 6 times"},
		{name: "D11 not: between equals", plan: even, world: each(split(50, 25)), verdict: measure.Pass},

		{name: "D12 an older primary answers", world: each(roles(7)), want: "D12", verdict: measure.Fail, says: "eu-north (epoch 8) had answered before a request to eu-west (epoch 7)"},
		{name: "D12 not: it was elected again", world: each(roles(9)), verdict: measure.Pass},
		{name: "D12 without epochs", plan: even, world: each(func(since time.Duration, s *record.Sample) {
			split(50, 25)(since, s)
			s.Role = "primary"
		}), want: "D12", verdict: measure.Fail},
		{name: "D12 not: all are primaries on every day", plan: func(p *plan.Plan) { even(p); p.Expect[0].Before = nil }, world: each(func(since time.Duration, s *record.Sample) { split(50, 25)(since, s) }),
			drill: func(d *audittest.Drill) {
				d.Sample = func(s *record.Sample) bool {
					s.Role = "primary"
					if strings.HasSuffix(s.Cell, "|none|crash") && s.Tick%2 == 0 {
						s.Dest.Region = "us-east"
					}
					return true
				}
			}, verdict: measure.Pass},

		{name: "D13 circuit breaker", world: each(func(since time.Duration, s *record.Sample) {
			if within(since, 1300*ms, 1420*ms) {
				fail(s, record.ErrHTTP, "UO")
			}
		}), want: "D13", verdict: measure.Pass, says: "6 requests of 399 refused for overload"},
		{name: "D13 the survivor refuses", world: each(func(since time.Duration, s *record.Sample) {
			if within(since, 1300*ms, 1420*ms) {
				s.Code, s.Err, s.Dest.Region = 503, record.ErrHTTP, "eu-north"
			}
		}), want: "D13", verdict: measure.Pass},
		{name: "D13 not: no host", world: each(func(since time.Duration, s *record.Sample) {
			if within(since, 1300*ms, 1420*ms) {
				fail(s, record.ErrHTTP, "UH")
			}
		}), verdict: measure.Pass},
		{name: "D13 tail", plan: func(p *plan.Plan) { p.Objectives.P99During = plan.Duration(100 * ms) }, world: each(func(since time.Duration, s *record.Sample) {
			if within(since, 2*sec, 8*sec) && s.Tick%20 == 0 {
				s.End += record.Millis(150 * ms)
			}
		}), want: "D13", verdict: measure.Fail, says: "took longer than 100ms"},
		{name: "D13 not: within the tail", plan: func(p *plan.Plan) { p.Objectives.P99During = plan.Duration(200 * ms) }, world: each(func(since time.Duration, s *record.Sample) {
			if within(since, 2*sec, 8*sec) && s.Tick%20 == 0 {
				s.End += record.Millis(150 * ms)
			}
		}), verdict: measure.Pass},

		{name: "D14 mean", plan: func(p *plan.Plan) { p.Objectives.MaxAttempts = 1.5 }, world: audittest.World{Failover: 1420 * ms, Back: 1350 * ms, Hang: true, Standby: func(s *record.Sample) { s.Attempts = 2 }},
			want: "D14", verdict: measure.Fail, says: "2.00 tries"},
		{name: "D14 one request", plan: func(p *plan.Plan) { p.Expect[0].MaxAttempts = 2 }, world: each(func(since time.Duration, s *record.Sample) {
			if within(since, 4*sec, 4020*ms) {
				s.Attempts = 5
			}
		}), want: "D14", verdict: measure.Pass, says: "up to 5 times"},
		{name: "D14 not: as configured", plan: func(p *plan.Plan) { p.Expect[0].MaxAttempts, p.Objectives.MaxAttempts = 2, 2 },
			world: audittest.World{Failover: 1420 * ms, Back: 1350 * ms, Hang: true, Standby: func(s *record.Sample) { s.Attempts = 2 }}, verdict: measure.Pass},

		{name: "D15 slow and well", world: each(func(since time.Duration, s *record.Sample) {
			if within(since, 1420*ms, 1600*ms) {
				s.End += record.Millis(300 * ms)
			}
		}), want: "D15", verdict: measure.Pass, says: "9 answers of shop/pay for web came well and too late"},
		{name: "D15 not: within the objective", world: each(func(since time.Duration, s *record.Sample) {
			if within(since, 1420*ms, 1600*ms) {
				s.End += record.Millis(200 * ms)
			}
		}), verdict: measure.Pass},

		{name: "D16 other shares", plan: even, world: each(split(50, 10)), want: "D16", verdict: measure.Pass, says: "tolerance 0.05"},
		{name: "D16 not: a tolerance", plan: func(p *plan.Plan) { even(p); p.Expect[0].ToleranceTV = 0.4 }, world: each(split(50, 10)), verdict: measure.Pass},
		{name: "D16 not: as predicted", plan: even, world: each(split(50, 26)), verdict: measure.Pass},
		{name: "D16 before the fault", world: each(func(since time.Duration, s *record.Sample) {
			if within(since, -2*sec, -1900*ms) {
				s.Dest.Region = "us-east"
			}
		}), want: "D16", verdict: measure.Pass, says: "before the fault"},

		{name: "D17 lost writes", plan: func(p *plan.Plan) { p.Objectives.RPO = &rpo }, world: each(markers(5)), want: "D17", verdict: measure.Fail, says: "had been acknowledged"},
		{name: "D17 not: all can be read", plan: func(p *plan.Plan) { p.Objectives.RPO = &rpo }, world: each(markers(0)), verdict: measure.Pass},
		{name: "D17 not: within the objective", plan: func(p *plan.Plan) { p.Objectives.RPO = new(plan.Duration(3 * sec)) }, world: each(markers(5)), verdict: measure.Pass},
		{name: "D17 not: nobody looked", plan: func(p *plan.Plan) { p.Objectives.RPO = &rpo }, world: good(), verdict: measure.Inconclusive, says: "nothing of shop/pay for web was read back"},
		{name: "a bound on load, which nothing measures", plan: func(p *plan.Plan) { p.Objectives.MaxLoad = 2 }, world: good(), verdict: measure.Inconclusive, says: "nothing measures the load"},

		{name: "D18 no route", plan: func(p *plan.Plan) { p.Expect[0].Flags = []string{"UH", "UF"} }, world: each(func(since time.Duration, s *record.Sample) {
			if within(since, 0, sec) {
				s.Flags = "NR"
			}
		}), want: "D18", verdict: measure.Pass, says: "49 requests with NR; predicted: UH, UF"},
		{name: "D18 not: as predicted", plan: func(p *plan.Plan) { p.Expect[0].Flags = []string{"UH", "UF"} }, world: each(func(since time.Duration, s *record.Sample) {
			if within(since, 0, sec) {
				s.Flags = "UF"
			}
		}), verdict: measure.Pass},
		{name: "D18 not: any", world: each(func(since time.Duration, s *record.Sample) {
			if within(since, 0, sec) {
				s.Flags = "NR"
			}
		}), verdict: measure.Pass},

		{name: "D19 drilled", world: good(), drill: func(d *audittest.Drill) { d.Header = func(h *record.Header) { h.ConfigDigest = "sha256:0ld" } }, want: "D19", verdict: measure.Inconclusive, says: "is not the one that the plan's prediction was computed from"},
		{name: "D19 live", world: good(), drill: func(d *audittest.Drill) { d.Header = func(h *record.Header) { h.LiveConfigDigest = "sha256:0ther" } }, want: "D19", verdict: measure.Inconclusive, says: "proxies held another"},
		{name: "D19 a proxy", world: good(), input: func(in *audit.Input) {
			in.Live = []audit.Live{{Source: "dump.json", Differs: []string{"no outlier detection"}}}
		}, want: "D19", verdict: measure.Inconclusive, says: "no outlier detection"},
		{name: "D19 today", world: good(), input: func(in *audit.Input) {
			in.Today = &audit.Today{Digest: "sha256:new", Predictions: map[string]string{audittest.Cell("hang"): "sha256:0ther"}}
		}, want: "D19", verdict: measure.Inconclusive, says: "has changed since the plan was made"},
		{name: "D19 gone today", world: good(), input: func(in *audit.Input) { in.Today = &audit.Today{Digest: "sha256:new"} }, want: "D19", verdict: measure.Inconclusive, says: "predicts nothing"},
		{name: "D19 not: the same prediction", world: good(), input: func(in *audit.Input) {
			in.Today = &audit.Today{Digest: "sha256:new", Predictions: map[string]string{audittest.Cell("hang"): "sha256:hang"}}
			in.Live = []audit.Live{{Source: "dump.json", Digest: "sha256:c0ffee"}}
		}, verdict: measure.Pass},

		{name: "D20 a cell that nobody asked", plan: func(p *plan.Plan) {
			other := p.Expect[0]
			other.Cell = strings.Replace(other.Cell, "|web|", "|batch|", 1)
			p.Expect = append(p.Expect, other)
		}, world: good(), drill: func(d *audittest.Drill) {
			d.Sample = func(s *record.Sample) bool { return !strings.Contains(s.Cell, "|batch|") }
		}, want: "D20", verdict: measure.Inconclusive, says: "nothing was seen of shop/pay for batch"},
		{name: "D20 too old", plan: func(p *plan.Plan) { p.Cadence.MaxAge = plan.Duration(90 * 24 * time.Hour) }, world: good(),
			input: func(in *audit.Input) { in.Now = audittest.Anchor.AddDate(0, 4, 0) }, want: "D20", verdict: measure.Inconclusive, says: "older than 90d"},
		{name: "D20 not: young enough", plan: func(p *plan.Plan) { p.Cadence.MaxAge = plan.Duration(90 * 24 * time.Hour) }, world: good(),
			input: func(in *audit.Input) { in.Now = audittest.Anchor.AddDate(0, 1, 0) }, verdict: measure.Pass},

		{name: "D21 a mode that was not drilled", plan: func(p *plan.Plan) { p.Scenario.FaultModes = []string{"hang", "partition"} }, world: good(), want: "D21", verdict: measure.Inconclusive, says: "partition of region=eu-west was not drilled"},

		{name: "D22 a dirty null drill", world: good(), drill: func(d *audittest.Drill) {
			d.Sample = func(s *record.Sample) bool {
				if s.Tick == 9 && strings.HasSuffix(s.Cell, "|none|crash") {
					fail(s, record.ErrReset, "")
				}
				return true
			}
		}, want: "D22", verdict: measure.Inconclusive, says: "1 of 800 requests of the null drill went wrong"},
		{name: "D22 no null drill", world: good(), drill: func(d *audittest.Drill) { d.SkipNull = true }, want: "D22", verdict: measure.Inconclusive, says: "there is no null drill"},
		{name: "D22 bad before the fault", world: each(func(since time.Duration, s *record.Sample) {
			if within(since, -sec, -980*ms) {
				fail(s, record.ErrReset, "")
			}
		}), want: "D22", verdict: measure.Inconclusive, says: "went wrong before the fault"},
		{name: "D22 a missing tick", world: good(), drill: func(d *audittest.Drill) {
			d.Sample = func(s *record.Sample) bool { return s.Tick != 500 || !strings.HasSuffix(s.Cell, "|hang") }
		}, want: "D22", verdict: measure.Inconclusive, says: "are not told once each"},
		{name: "D22 late", world: each(func(since time.Duration, s *record.Sample) {
			if s.Tick%40 == 0 {
				s.Late += record.Millis(11 * ms)
				s.End += record.Millis(11 * ms)
			}
		}), want: "D22", verdict: measure.Inconclusive, says: "was sent"},
		{name: "D22 too slow a prober", world: audittest.World{Failover: 0, Back: 0}, drill: func(d *audittest.Drill) { d.Every = 1100 * ms },
			plan: func(p *plan.Plan) {
				p.Fault.Duration, p.Fault.After = plan.Duration(60*sec), plan.Duration(20*sec)
				p.Expect[0].Recovery = nil
			}, want: "D22", verdict: measure.Inconclusive, says: "probe faster"},
		{name: "D22 the injection failed", world: good(), drill: func(d *audittest.Drill) {
			d.Event = func(e *record.Event) bool {
				e.Failed = e.Name == record.Inject && e.Edge == record.End
				return true
			}
		}, want: "D22", verdict: measure.Inconclusive, says: "nobody knows when the fault held"},
		{name: "D22 and plaintext: that was seen in any case", world: audittest.World{Failover: 1420 * ms, Back: 1350 * ms, Hang: true, Standby: func(s *record.Sample) { s.Dest.TLS = record.TLSNone }},
			drill: func(d *audittest.Drill) { d.SkipNull = true }, want: "D06 D22", verdict: measure.Fail, says: "plaintext"},
		{name: "D22 and slow: nothing is certain", world: audittest.World{Failover: 2890 * ms, Back: 0, Hang: true}, drill: func(d *audittest.Drill) { d.SkipNull = true },
			want: "D05 D22", verdict: measure.Inconclusive, says: "in doubt: the recovery of"},

		{name: "D23 survived", plan: func(p *plan.Plan) {
			e := &p.Expect[0]
			e.Outcome, e.Reason, e.During, e.Recovery = "lost", "no path", nil, nil
		}, world: good(), want: "D23", verdict: measure.Pass, says: "lost was predicted (no path), and it survived"},
		{name: "D23 not: what failed answers", plan: func(p *plan.Plan) {
			e := &p.Expect[0]
			e.Outcome, e.During, e.Recovery = "lost", nil, nil
		}, world: audittest.World{Each: func(_ time.Duration, s *record.Sample) { answer(s, "eu-west") }}, want: "D03", verdict: measure.Inconclusive},

		{name: "D24 not removed", world: good(), drill: func(d *audittest.Drill) {
			d.Event = func(e *record.Event) bool { return e.Name != record.Remove }
		}, want: "D03 D24", verdict: measure.Inconclusive, says: "its removal is not recorded"},
		{name: "D24 begun and not ended", world: good(), drill: func(d *audittest.Drill) {
			d.Event = func(e *record.Event) bool { return e.Name != record.Remove || e.Edge == record.Begin }
		}, want: "D21 D22 D24", verdict: measure.Inconclusive, says: "began and did not end"},
		{name: "D24 the tool says so", world: good(), input: func(in *audit.Input) {
			in.Foreign = []audit.Foreign{{Name: "journal.json", Format: "chaostoolkit", Read: func(_ context.Context, to observe.Sink) (audit.ForeignSummary, error) {
				return audit.ForeignSummary{}, to.Event(observe.Event{Kind: observe.NotRolled, Name: "restore eu-west", Detail: "failed"})
			}}}
		}, want: "D24", verdict: measure.Inconclusive, says: "restore eu-west failed"},

		{name: "D25 the prober stands in what fails", world: good(), drill: func(d *audittest.Drill) { d.Header = func(h *record.Header) { h.Prober.Region = "eu-west" } }, want: "D25", verdict: measure.Inconclusive, says: "prober p1 stood in what failed"},
		{name: "D25 not: nobody knows where", world: good(), drill: func(d *audittest.Drill) { d.Header = func(h *record.Header) { h.Prober.Region = "" } }, verdict: measure.Pass},
	} {
		loud += " " + tc.want
		t.Run(tc.name, func(t *testing.T) {
			p := audittest.Plan("hang")
			if tc.plan != nil {
				tc.plan(p)
			}
			d := &audittest.Drill{Plan: p, Worlds: map[string]audittest.World{"hang": tc.world}}
			if tc.drill != nil {
				tc.drill(d)
			}
			r := audited(t, d, tc.input)
			if got := strings.Join(drifts(r), " "); got != tc.want || r.Verdict != tc.verdict {
				t.Errorf("%s with %q, want %s with %q", r.Verdict, got, tc.verdict, tc.want)
			}
			said := slices.Clone(r.Reasons)
			for _, x := range allDrift(r) {
				said = append(said, x.Class+" "+x.Message)
				if x.Class == "" || x.Name == "" || x.Message == "" || x.Expected == "" || x.Observed == "" || x.Evidence == nil || x.Rules == nil {
					t.Errorf("not whole: %+v", x)
				}
			}
			if !strings.Contains(strings.Join(said, "\n"), tc.says) {
				t.Errorf("nobody says %q", tc.says)
			}
			if t.Failed() {
				t.Log(strings.Join(said, "\n"))
			}
		})
	}
	for i, c := range audit.Classes() {
		if want := fmt.Sprintf("D%02d", i+1); c.ID != want || c.Name == "" || c.Severity == "" || !strings.Contains(loud, c.ID) {
			t.Errorf("%+v, want %s, in all its parts and with a case that makes it speak", c, want)
		}
	}
}
