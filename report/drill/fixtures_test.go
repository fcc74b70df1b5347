package drillreport

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/plan"
)

var update = flag.Bool("update", false, "rewrite golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update rewrites it):\n%s", path, got)
	}
}

func sec(x float64) plan.Duration { return plan.Duration(x * float64(time.Second)) }

func from(lower, upper float64) audit.Interval {
	u := sec(upper)
	return audit.Interval{Lower: sec(lower), Upper: &u}
}

func some(i audit.Interval) *audit.Interval { return &i }

func at(x float64) *float64 { return &x }

const (
	payCrash = "prod/prod/shop/pay.shop.svc.cluster.local|8080||west/shop/web@eu-west/eu-west-1|region=eu-west|crash"
	payHang  = "prod/prod/shop/pay.shop.svc.cluster.local|8080||west/shop/web@eu-west/eu-west-1|region=eu-west|hang"
	pay      = "prod/prod/shop/pay.shop.svc.cluster.local"
	web      = "west/shop/web@eu-west/eu-west-1"
)

func handPlan() *plan.Plan {
	rpo := plan.Duration(0)
	return &plan.Plan{
		APIVersion: plan.APIVersion, Kind: plan.Kind,
		Metadata:   plan.Metadata{ID: "pay-eu-west-loss", Title: "Loss of eu-west", Owner: "team-pay", Criticality: "tier-1", Universe: []string{"payments"}, Type: "functional"},
		Objective:  "Payments survive the loss of eu-west within 2 s, encrypted, and return.",
		Hypothesis: "eu-north answers within 1.5 s of the loss, over mTLS.",
		Scenario: plan.Scenario{Type: "region-loss", Fail: "region=eu-west", FaultModes: []string{"crash", "hang"}, Pattern: "active-passive", Rationale: "R-12",
			Assumptions: []string{"half of the peak load"}},
		Expect: []plan.Expectation{expectation(payCrash), expectation(payHang)},
		Objectives: plan.Objectives{RTO: sec(2), RPO: &rpo, Detect: sec(1), Failback: sec(5), Latency: sec(0.25), P99During: sec(0.4), Encryption: "mtls",
			SLO: "openslo://pay-availability", Target: 0.999, Window: plan.Duration(30 * 24 * time.Hour), MaxBudgetBurn: 0.02},
		Config:    plan.Config{Digest: "sha256:" + strings.Repeat("c", 64), Scope: []string{"mesh", "terraform"}},
		Probes:    []plan.Probe{{Name: "pay", Service: pay, Protocol: "http1", Target: "https://pay.example/echo", Rate: 50, Timeout: sec(1)}},
		Fault:     plan.Fault{Driver: "sigstop", Duration: sec(8), Before: sec(5), After: sec(10)},
		Safety:    plan.Safety{AbortOn: []plan.Abort{{Metric: "error_ratio", Over: 0.5, For: sec(10)}}},
		People:    plan.People{Approvers: []string{"team-sre"}, Participants: []string{"team-sre", "team-pay"}, Excluded: []string{"pay-lead"}, Stakeholders: []string{"support"}, Comms: "#drill", Independence: "internal-other-team", Approved: []plan.Approval{{By: "team-sre", At: "2026-11-19T09:00:00Z", Digest: "sha256:" + strings.Repeat("a", 64)}}},
		Rollback:  plan.Rollback{Steps: []string{"restore eu-west", "verify"}, MaxTime: sec(600), Tested: true},
		Cadence:   plan.Cadence{Every: plan.Duration(90 * 24 * time.Hour), Triggers: []string{"config_change"}, MaxAge: plan.Duration(365 * 24 * time.Hour)},
		Evidence:  plan.Evidence{Sign: "dsse-ed25519", Keep: plan.Duration(7 * 365 * 24 * time.Hour), Export: []string{"oscal", "junit"}},
		Documents: []plan.Document{{Title: "Runbook of payments", Ref: "docs/runbooks/pay.md", Kind: "runbook"}},
		Followups: []plan.Followup{{Finding: "D01 in hang", Owner: "team-pay", Due: "2026-12-15"}},
	}
}

func expectation(cell string) plan.Expectation {
	return plan.Expectation{
		Cell: cell, Outcome: "survives", By: "region",
		Before: map[string]float64{"eu-west": 1}, During: map[string]float64{"eu-north": 1}, After: map[string]float64{"eu-west": 1},
		Encryption: "mtls", Peers: map[string][]string{"eu-north": {"spiffe://mesh/ns/shop/sa/pay"}}, MaxAttempts: 2,
		Recovery: &plan.Bound{Lower: sec(0.5), Upper: sec(1.5), Terms: []plan.Term{{Name: "detect", Lower: sec(0.5), Upper: sec(1.5), At: "mesh/pay.yaml:14:7"}}},
	}
}

func phaseOf(good, bad int, place string, p50, p99 float64) audit.Phase {
	p := audit.Phase{Good: good, Bad: bad, P50: p50, P99: p99}
	if good > 0 {
		p.Shares = []audit.Share{{Place: place, Answers: good, Of: good, Share: 1, Low: max(0, 1-3/float64(good)), High: 1}}
	}
	return p
}

// handCell is one of a fault that begins at a second and lasts for eight.
func handCell(id, mode string, begin float64) audit.Cell {
	c := audit.Cell{
		Cell: id, Service: pay, Client: web, Scenario: "region=eu-west", Fault: mode, Prober: "p1", Origin: "native", Verdict: measure.Pass, Expected: expectation(id),
		Observed: audit.Observed{Outcome: "survives", Before: phaseOf(240, 0, "eu-west", 4, 13), During: phaseOf(328, 70, "eu-north", 6, 1002), Settled: phaseOf(320, 0, "eu-north", 6, 15),
			After: phaseOf(480, 0, "eu-west", 4, 14), Edge: phaseOf(2, 0, "eu-north", 5, 9)},
		Outage: from(1.36, 1.4), Detection: some(from(0, 0.04)), Failover: some(from(1.37, 1.42)), Recovery: from(1.36, 1.44), Failback: some(from(3.88, 3.94)),
		Windows: []audit.Window{{From: begin*1000 + 20, To: at(begin*1000 + 1400), Length: from(1.36, 1.4), Requests: 70}},
		Stages:  []audit.Stage{{Name: "detect", Took: from(0, 0.04)}, {Name: "eject", Took: from(1.3, 1.4)}},
		Encryption: audit.Encryption{Proof: audit.Proven, Versions: map[string]int{"1.3": 1048},
			Peers: []audit.Peer{{Place: "eu-north", ID: "spiffe://mesh/ns/shop/sa/pay", Answers: 328, Expected: true}}},
		Budget: &audit.Budget{Target: 0.999, Window: plan.Duration(30 * 24 * time.Hour), Burn: 0.00054, Bad: sec(1.4)},
		Static: audit.Confirmed,
	}
	for i := range 23 {
		b := audit.Bucket{At: (begin - 5 + float64(i)) * 1000, Length: 1000, Good: 50, Places: map[string]int{"eu-west": 50}, P50: 4, P99: 13 + float64(i%3)}
		switch {
		case i == 5:
			b.Good, b.Bad, b.Places, b.P99 = 1, 49, map[string]int{"eu-west": 1}, 1002
		case i == 6:
			b.Good, b.Bad, b.Places, b.P99 = 29, 21, map[string]int{"eu-north": 29}, 990
		case i > 6 && i < 17:
			b.Places, b.P50, b.P99 = map[string]int{"eu-north": 50}, 6, 15+float64(i%4)
		}
		c.Timeline = append(c.Timeline, b)
	}
	return c
}

// passing is a drill of two fault modes in which all promises were kept.
func passing() *audit.Report {
	crash := handCell(payCrash, "crash", 5)
	crash.Outage, crash.Recovery, crash.Failover, crash.Failback = from(0, 0.02), from(0, 0.04), some(from(0.01, 0.04)), some(from(1.1, 1.14))
	crash.Windows = []audit.Window{{From: 5010, To: at(5030), Length: from(0, 0.02), Requests: 1}}
	crash.Observed.During = phaseOf(397, 1, "eu-north", 6, 14)
	crash.Stages, crash.Budget = nil, &audit.Budget{Target: 0.999, Window: plan.Duration(30 * 24 * time.Hour), Burn: 0.00001, Bad: sec(0.02)}
	for i := range crash.Timeline {
		b := &crash.Timeline[i]
		if i == 5 || i == 6 {
			*b = audit.Bucket{At: b.At, Length: 1000, Good: 56 - i, Bad: i % 2, Places: map[string]int{"eu-north": 56 - i}, P50: 6, P99: 18}
		}
		if i > 13 {
			b.Places, b.P50 = map[string]int{"eu-west": 50}, 4
		}
	}
	hang := handCell(payHang, "hang", 40)
	return &audit.Report{
		APIVersion: audit.APIVersion, Kind: audit.Kind, Tool: "v1.2.3", Run: "2026-11-20-01",
		PlanDigest: "sha256:" + strings.Repeat("a", 64), ConfigDigest: "sha256:" + strings.Repeat("c", 64), LiveConfigDigest: "sha256:" + strings.Repeat("c", 64),
		Began: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC), Ended: time.Date(2026, 11, 20, 10, 1, 5, 0, time.UTC),
		Verdict: measure.Pass, Coverage: audit.Coverage{Expected: 2, Probed: 2, Services: 1, Seen: 1, FaultModes: []string{"crash", "hang"}},
		Cells: []audit.Cell{crash, hang},
		Faults: []audit.Fault{
			{ID: "f1", Scenario: "region=eu-west", Mode: "crash", Inject: audit.Bracket{From: 5000, To: 5008}, Remove: &audit.Bracket{From: 13000, To: 13015}},
			{ID: "f2", Scenario: "region=eu-west", Mode: "hang", Inject: audit.Bracket{From: 40000, To: 40012}, Remove: &audit.Bracket{From: 48000, To: 48017}},
		},
		Static: audit.Agreement{Confirmed: []audit.Statement{
			{Cell: payCrash, Says: "survives within 1.5 s", Saw: "survives, 0 s to 40 ms"}, {Cell: payHang, Says: "survives within 1.5 s", Saw: "survives, 1.36 s to 1.44 s"},
		}},
		Statistics: audit.Statistics{Drills: 1, FailureUpper95: 0.95, Miss: 0},
		Sources:    []audit.Source{{Name: "p1.ndjson", Format: "record", SHA256: strings.Repeat("5", 64), Lines: 2310, Complete: true, Head: "sha256:" + strings.Repeat("e", 64)}},
		Plan:       handPlan(),
	}
}

// failing is the lesson that live mode teaches: without outlier detection a crash passes and a hang fails.
func failing() *audit.Report {
	r := passing()
	r.Verdict = measure.Fail
	r.Reasons = []string{"pay does not fail over when eu-west hangs: no answer came from eu-north in 8 s, and the objective is 2 s"}
	hang := &r.Cells[1]
	hang.Verdict, hang.Static = measure.Fail, audit.Refuted
	hang.Reasons = []string{"no request recovered before the fault was removed: at least 7 s, objective 2 s"}
	hang.Observed = audit.Observed{Outcome: "lost", FailingShare: 1, Before: phaseOf(240, 0, "eu-west", 4, 13), During: audit.Phase{Bad: 398, P50: 1000, P99: 1013, Errors: map[string]int{"timeout": 398}},
		Settled: audit.Phase{Bad: 320, P50: 1000, P99: 1013, Errors: map[string]int{"timeout": 320}}, After: phaseOf(480, 0, "eu-west", 4, 14), Edge: audit.Phase{Bad: 2}}
	hang.Outage, hang.Recovery = from(7, 7.04), audit.Interval{Lower: sec(7)}
	hang.Detection, hang.Failover, hang.Failback, hang.Stages = some(from(0, 0.04)), nil, nil, nil
	hang.Windows = []audit.Window{{From: 40020, To: at(47040), Length: from(7, 7.04), Requests: 398}}
	hang.Encryption = audit.Encryption{Proof: audit.Unproven, Why: "no answer came while the fault lasted"}
	hang.Budget.Burn, hang.Budget.Bad = 0.0027, sec(7.04)
	hang.Drift = []audit.Drift{
		{Class: "D01", Name: "no-failover", Severity: audit.High, Cell: payHang, At: "mesh/pay.yaml:12:5", Rules: []string{"DR201"},
			Message:  "When eu-west hangs, no request to pay reaches eu-north: 0 of 398 requests that lay wholly inside of the fault were answered there.",
			Expected: "eu-north 100 %", Observed: "no answer; 398 timeouts", Evidence: []audit.Reference{{Source: "p1.ndjson", First: 1210, Last: 1612, Count: 398}}},
		{Class: "D05", Name: "slower-than-objective", Severity: audit.High, Cell: payHang, At: "mesh/pay.yaml:14:7", Message: "Recovery took at least 7 s; the objective is 2 s.", Expected: "2 s", Observed: "at least 7 s"},
	}
	for i := 5; i < 14; i++ {
		b := &hang.Timeline[i]
		*b = audit.Bucket{At: b.At, Length: 1000, Bad: 50, P50: 1000, P99: 1010}
		if i == 12 || i == 13 {
			b.Good, b.Bad, b.Places = 50, 0, map[string]int{"eu-west": 50}
		}
	}
	for i := 14; i < 17; i++ {
		hang.Timeline[i].Places = map[string]int{"eu-west": 50}
	}
	r.Static = audit.Agreement{
		Confirmed: []audit.Statement{{Cell: payCrash, Says: "survives within 1.5 s", Saw: "survives, 0 s to 40 ms"}, {Rule: "DR201", Fingerprint: strings.Repeat("d", 32), Says: "pay is not ejected when it hangs", Saw: "398 timeouts", At: "mesh/pay.yaml:12:5"}},
		Refuted:   []audit.Statement{{Cell: payHang, Says: "survives within 1.5 s", Saw: "lost", At: "mesh/pay.yaml:12:5"}},
		Untested:  []audit.Statement{{Cell: strings.Replace(payHang, "|hang", "|partition", 1), Says: "survives within 1.5 s"}},
	}
	r.Statistics.Failures = 1
	r.Statistics.FailureUpper95 = 1
	return r
}

// undecided could not decide: slow probes, no echo headers, no hang.
func undecided() *audit.Report {
	r := passing()
	r.Cells = r.Cells[:1]
	r.Faults = r.Faults[:1]
	r.Verdict, r.Reasons = measure.Inconclusive, []string{"recovery lies between 0 s and 5 s, and the objective of 2 s inside of it", "encryption is unproven", "hang was not drilled"}
	r.Coverage.Probed, r.Coverage.FaultModes, r.Coverage.Missing = 1, []string{"crash"}, []string{"hang"}
	c := &r.Cells[0]
	c.Verdict, c.Static = measure.Inconclusive, audit.Untested
	c.Reasons = []string{"recovery took 0 s to 5 s: the objective of 2 s lies inside of the interval"}
	c.Outage, c.Recovery = from(0, 5), from(0, 5)
	c.Encryption = audit.Encryption{Proof: audit.Unproven, Why: "answers do not tell how the last hop was encrypted"}
	c.Drift = []audit.Drift{{Class: "D08", Name: "encryption-unproven", Severity: audit.Medium, Cell: payCrash, Message: "Nothing from the destination's side says that the last hop is encrypted.", Expected: "mtls", Observed: "unknown"}}
	r.Drift = []audit.Drift{{Class: "D21", Name: "fault-mode-gap", Severity: audit.Medium, Message: "Only crash was drilled; the plan has hang, too.", Expected: "crash, hang", Observed: "crash", Blocks: true}}
	r.Doubts = []audit.Doubt{{Kind: string(measure.DoubtIncomplete), Text: "the recording of prober p1 ends without a footer"}}
	r.Sources[0].Complete = false
	r.Static = audit.Agreement{Untested: []audit.Statement{{Cell: payCrash, Says: "survives within 1.5 s"}}}
	r.Statistics = audit.Statistics{FailureUpper95: 1, Miss: 0.6}
	r.Plan = nil
	return r
}

// evil is a text that would run, break out, fetch or mislead, in one place or another.
const evil = `</script><img src=x onerror="document.title='owned'"><script>document.title='owned'</script>` + "\x1b[31m\u202egnp\x00\u2028::error::x ##[error] ]]> | `a` @team [x](javascript:1) =1+1\n::add-mask::y"

// hostile holds such a text in every member that a stranger may write, and long ones.
func hostile() *audit.Report {
	r := failing()
	long := evil + strings.Repeat("long ", 20_000)
	r.Tool, r.Run, r.PlanDigest, r.ConfigDigest, r.LiveConfigDigest = evil, evil, evil, evil, evil
	r.Reasons = []string{long, evil}
	r.Coverage.FaultModes, r.Coverage.Missing = []string{evil}, []string{evil}
	r.Doubts = []audit.Doubt{{Kind: evil, Text: evil}}
	r.Drift = []audit.Drift{{Class: "D99", Name: evil, Severity: audit.High, Message: long, Expected: evil, Observed: evil, At: evil, Cell: evil, Rules: []string{evil}, Evidence: []audit.Reference{{Source: evil, First: 1, Last: 2}}}}
	for i := range r.Faults {
		r.Faults[i].ID, r.Faults[i].Scenario, r.Faults[i].Mode = evil, evil, evil
	}
	r.Static.Refuted = []audit.Statement{{Cell: evil, Rule: evil, Fingerprint: evil, Says: evil, Saw: evil, At: evil}}
	r.Sources = []audit.Source{{Name: evil, Format: evil, SHA256: evil, Head: evil, Broken: evil, Notes: []string{evil}}}
	c := &r.Cells[1]
	c.Cell, c.Service, c.Client, c.Scenario, c.Fault, c.Prober, c.Origin = evil, evil, evil, evil, evil, evil, evil
	c.Reasons, c.Doubts = []string{long}, []audit.Doubt{{Kind: evil, Text: evil}}
	c.Expected = plan.Expectation{Cell: evil, Outcome: "lost", Reason: evil, By: evil, Before: map[string]float64{evil: 1}, Encryption: evil, Recovery: &plan.Bound{Upper: sec(1), Terms: []plan.Term{{Name: evil, At: evil}}}}
	c.Encryption = audit.Encryption{Proof: audit.Violated, Plaintext: 3, Versions: map[string]int{evil: 1}, Why: evil, Peers: []audit.Peer{{Place: evil, ID: evil, Root: evil}}}
	c.Observed.During.Errors, c.Observed.During.Flags = map[string]int{evil: 1}, map[string]int{evil: 1}
	c.Observed.Before.Shares = []audit.Share{{Place: evil, Share: 1, High: 1}}
	c.Stages = []audit.Stage{{Name: evil, Took: from(0, 1)}}
	c.Tests = &audit.Tests{Phase: evil, TV: 0.5, Low: 0.4, High: 0.6}
	c.Drift[0].At, c.Drift[0].Message, c.Drift[0].Class = "../../etc/passwd:1:1", evil, "D06"
	c.Timeline[3].Places = map[string]int{evil: 50, "__proto__": 3, "constructor": 1}
	p := r.Plan
	p.Metadata = plan.Metadata{ID: evil, Title: evil, Owner: evil, Criticality: evil, Universe: []string{evil}, Type: evil}
	p.Objective, p.Hypothesis = long, evil
	p.Scenario = plan.Scenario{Type: evil, Fail: evil, FaultModes: []string{evil}, Pattern: evil, Rationale: evil, Assumptions: []string{evil}}
	p.People = plan.People{Approvers: []string{evil}, Participants: []string{evil}, Excluded: []string{evil}, Comms: evil, Independence: evil, Approved: []plan.Approval{{By: evil, At: evil, Digest: evil}}}
	p.Documents = []plan.Document{{Title: evil, Ref: "javascript:alert(1)", Kind: evil}}
	p.Followups = []plan.Followup{{Finding: evil, Owner: evil, Due: evil, Closed: evil}}
	p.Rollback.Steps = []string{evil}
	return r
}

func fixtures() map[string]*audit.Report {
	return map[string]*audit.Report{"pass": passing(), "fail": failing(), "inconclusive": undecided(), "hostile": hostile()}
}
