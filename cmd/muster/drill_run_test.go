package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/plan"
	drillrun "github.com/passmuster/muster/drill/run"
)

// drillPlan is a short plan in a folder of its own; what stands in extra comes last.
func drillPlan(t *testing.T, target, extra string) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "plan.yaml")
	text := fmt.Sprintf(`apiVersion: passmuster.dev/v1
kind: DrillPlan
metadata: {id: pay, owner: team-pay}
objective: pay survives
scenario: {fail: "region=eu-west", fault_modes: [crash, hang]}
expect:
- {cell: "cluster.local/shop/pay|80||web|region=eu-west|crash", outcome: survives, by: region, before: {eu-west: 1}}
- {cell: "cluster.local/shop/pay|80||web|region=eu-west|hang", outcome: survives, by: region, before: {eu-west: 1}}
- {cell: "cluster.local/shop/pay|80||app|region=eu-west|hang", outcome: survives, by: region, before: {eu-west: 1}}
objectives: {rto: 2s}
config: {digest: "sha256:cc"}
probes: [{name: pay, service: cluster.local/shop/pay, protocol: http1, target: %q, rate_hz: 50, timeout: 2s, echo: {region: X-Region}}]
fault: {driver: command, duration: 200ms, watch_before: 100ms, watch_after: 100ms, hooks: {"*": {inject: [touch, fault], remove: [rm, fault]}}}
safety: {blast_radius: {}, abort_on: []%s}
people: {approvers: [team-sre]}
rollback: {steps: [], tested: true}
cadence: {}
evidence: {}
`, target, extra)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDrillRun(t *testing.T) {
	region := "eu-west"
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Region", region) }))
	defer s.Close()
	good := drillPlan(t, s.URL, "")
	for _, tc := range []struct {
		name   string
		args   []string
		region string
		code   int
		out    []string // of stdout
		err    []string // of stderr
	}{
		{"no plan", []string{"/nowhere.yaml"}, "", exitUnreadable, nil, []string{"cannot read the plan"}},
		{"no approval", []string{good}, "", exitUsage, nil, []string{"not begun", "is not approved by team-sre; --unapproved begins all the same"}},
		{"blocked", []string{drillPlan(t, s.URL, `, blocked_windows: ["00:00-24:00"]`), "--unapproved"}, "", exitUsage, nil, []string{"blocked window"}},
		{"a mode of no plan", []string{good, "--unapproved", "--fault", "error"}, "", exitUsage, nil, []string{`fault mode "error"`}},
		{"both sides of a clock", []string{good, "--clock", "x:1", "--clock-serve", ":0"}, "", exitUsage, nil, []string{"--clock-serve"}},
		{"the normal day", []string{good, "--unapproved", "--null-only"}, "", exitClean, []string{"null drilled in", "0 went wrong", "results-p1.ndjson", "to drill:", "not probed: cluster.local/shop/pay|80||app|region=eu-west|hang"}, []string{"round null: normal day (200ms)", "is clean"}},
		{"elsewhere", []string{good, "--unapproved"}, "us", exitFindings, []string{"nothing drilled in", "to go on:", "--resume"}, []string{"the null round is not clean", "from us, and should from [eu-west]"}},
		{"one mode", []string{good, "--unapproved", "--inject", "--fault", "hang"}, "", exitClean, []string{"null, hang drilled in", "to audit:  muster drill audit"}, []string{"round hang: inject", "round hang: after (100ms)"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if region = tc.region; region == "" {
				region = "eu-west"
			}
			dir := filepath.Join(t.TempDir(), "records")
			var out, err bytes.Buffer
			code := run(append([]string{"drill", "run", "--dir", dir}, tc.args...), strings.NewReader(""), &out, &err)
			if code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			for _, want := range tc.out {
				if !strings.Contains(out.String(), want) {
					t.Errorf("stdout lacks %q:\n%s", want, out.String())
				}
			}
			for _, want := range tc.err {
				if !strings.Contains(err.String(), want) {
					t.Errorf("stderr lacks %q:\n%s", want, err.String())
				}
			}
			if strings.Contains(out.String()+err.String(), "\x1b") {
				t.Error("escapes in a log")
			}
			if _, e := os.Stat(filepath.Join(dir, "plan.yaml")); (e == nil) != (tc.code <= exitFindings) {
				t.Errorf("a folder of records: %v", e)
			}
		})
	}
}

func TestDrillMarkWithoutADrill(t *testing.T) {
	var out, err bytes.Buffer
	if code := run([]string{"drill", "mark", t.TempDir(), "inject", "begin"}, nil, &out, &err); code != exitUsage || !strings.Contains(err.String(), "no drill is running") {
		t.Errorf("exit code %d: %s", code, err.String())
	}
	if code := run([]string{"drill", "mark", t.TempDir(), "inject"}, nil, &out, &err); code != exitUsage {
		t.Errorf("exit code %d: %s", code, err.String())
	}
}

func TestWhichProberThisIs(t *testing.T) {
	p := &plan.Plan{Probes: []plan.Probe{{}, {From: "eu"}, {From: "eu"}}}
	if id, err := proberOf(p, ""); err != nil || id != "eu" {
		t.Errorf("%q, %v", id, err)
	}
	if id, err := proberOf(&plan.Plan{Probes: []plan.Probe{{}}}, ""); err != nil || id != "p1" {
		t.Errorf("%q, %v", id, err)
	}
	p.Probes[0].From = "us"
	if _, err := proberOf(p, ""); err == nil {
		t.Error("no error for two probers")
	}
	if id, err := proberOf(p, "us"); err != nil || id != "us" {
		t.Errorf("%q, %v", id, err)
	}
}

// inFault is a run while a fault lasts.
func inFault() drillrun.Snapshot {
	return drillrun.Snapshot{Now: 92 * time.Second, Index: 2, Rounds: 3, Round: drillrun.Round{Name: "hang", Mode: "hang"}, Phase: drillrun.PhaseFault, Since: 12300 * time.Millisecond,
		Lasts: 2 * time.Minute, Faulty: true, RTO: 30 * time.Second, LateP99: 120 * time.Microsecond, Total: drillrun.Total{Sent: 4600, Bad: 70},
		Cells: []drillrun.CellNow{{Cell: "cluster.local/shop/pay|80||web|region=eu-west|hang", Good: 49, Bad: 1, P99: 1002 * time.Millisecond, Outage: 1400 * time.Millisecond,
			Shares: []drillrun.PlaceShare{{Place: "eu-north", Share: 0.75}, {Place: "evil\x1b[2J", Share: 0.25}}}}}
}

func TestDrawingFitsTheTerminal(t *testing.T) {
	for _, tc := range []struct {
		look look
		want string
	}{
		{look{title: "pay  run r1", width: 80}, `pay  run r1
round 2 of 3: hang   fault   12s of 2m0s
  cluster.local/shop/pay|80||web|region=eu-west|hang
    eu-north      ██████████████████████████████            75 %
    evil?[2J      ██████████                                25 %
    good 49  bad 1  p99 1002.0 ms   outage so far 1.4 s, RTO 30s
  sent 4600  bad 70  not sent 0  sent late by 0.1 ms (p99)`},
		{look{title: "pay  run r1", width: 30, ascii: true}, `pay  run r1
round 2 of 3: hang   fault   1
  cluster.local/shop/pay|80||
    eu-north      ####    75 %
    evil?[2J      #       25 %
    good 49  bad 1  p99 1002.0
  sent 4600  bad 70  not sent`},
	} {
		got := strings.Join(tc.look.draw(inFault()), "\n")
		for line := range strings.SplitSeq(got, "\n") {
			if n := len([]rune(line)); n >= tc.look.width {
				t.Errorf("width %d: a line of %d: %s", tc.look.width, n, line)
			}
		}
		if tc.look.width == 80 && strings.ReplaceAll(got, "\ufffd", "?") != tc.want {
			t.Errorf("width %d:\n%s\nwant\n%s", tc.look.width, got, tc.want)
		}
		if tc.look.ascii != !strings.Contains(got, "█") {
			t.Errorf("width %d:\n%s", tc.look.width, got)
		}
	}
	if got := strings.Join((look{width: 80, color: true}).draw(inFault()), "\n"); !strings.Contains(got, "\x1b[31m    good 49") {
		t.Errorf("no colour: %q", got)
	}
}

func TestALogOfADrillHasALineForEachThingThatHappens(t *testing.T) {
	if got, want := plainLine(inFault()), "    92.0s  round hang: fault 12s of 2m0s; good 49, bad 1 in the last second; outage so far 1.4 s, RTO 30s; late 0.1 ms"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	s := inFault()
	s.Cells[0].Bad, s.Cells[0].Over = 0, true
	if got := outage(s.Cells[0], 0); got != "outage 1.4 s, over for now" {
		t.Errorf("%q", got)
	}
	if got := outage(drillrun.CellNow{Good: 50}, time.Second); got != "" {
		t.Errorf("%q although nothing went wrong", got)
	}
}
