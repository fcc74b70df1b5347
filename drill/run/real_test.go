//go:build unix

package run

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
)

// TestMain is also the program that a test kills: a drill of its own process.
func TestMain(m *testing.M) {
	if path := os.Getenv("DRILL_PLAN"); path != "" {
		if err := alone(path, os.Getenv("DRILL_DIR")); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		return
	}
	m.Run()
}

func alone(path, dir string) error {
	p, err := plan.Load(path)
	if err != nil {
		return err
	}
	d, err := Prepare(Options{Plan: p, PlanPath: path, Dir: dir, Prober: record.Prober{ID: "p1"}, Inject: true, NullFor: 300 * time.Millisecond})
	if err != nil {
		return err
	}
	_, err = d.Do(context.Background())
	return err
}

// regions is a service in two of them: the first hangs for a moment once the file is there, then the other answers.
func regions(t *testing.T, fault string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		region := "eu-west"
		if info, err := os.Stat(fault); err == nil {
			if left := 300*time.Millisecond - time.Since(info.ModTime()); left > 0 {
				<-r.Context().Done()
				return
			}
			region = "eu-north"
		}
		w.Header().Set("X-Region", region)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/echo"
}

// realPlan asks a real server 25 times a second, and injects by real programs. It returns the file that is the fault.
func realPlan(t *testing.T) (p *plan.Plan, path, fault string) {
	t.Helper()
	p = thePlan()
	fault = filepath.Join(t.TempDir(), "fault")
	p.Probes[0].Target, p.Probes[0].Rate, p.Probes[0].Timeout, p.Probes[0].Keep = regions(t, fault), 25, plan.Duration(1500*time.Millisecond), nil
	p.Fault.Before, p.Fault.Duration, p.Fault.After = plan.Duration(300*time.Millisecond), plan.Duration(time.Second), plan.Duration(500*time.Millisecond)
	p.Fault.Hooks = map[string]plan.Hooks{"*": {Inject: []string{"touch", fault}, Verify: []string{"test", "-e", fault}, Remove: []string{"rm", "-f", fault}}}
	return p, written(t, p), fault
}

func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !so(); <-time.After(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came to this: %s", what)
		}
	}
}

func TestADrillOfRealServers(t *testing.T) {
	t.Parallel()
	p, path, fault := realPlan(t)
	live := &Live{}
	d, err := Prepare(Options{Plan: p, PlanPath: path, Dir: filepath.Join(t.TempDir(), "run"), Prober: record.Prober{ID: "p1"}, Inject: true, Live: live, NullFor: 300 * time.Millisecond})
	must(t, err)
	res, err := d.Do(t.Context())
	must(t, err)
	r, err := record.ReadFile(d.File)
	must(t, err)
	wants(t, "rounds", res.Done, []string{"null", "crash", "hang"})
	if res.Head != r.Head || !r.Complete() {
		t.Errorf("head %s, want %s; complete %v", res.Head, r.Head, r.Complete())
	}
	seen := map[string]bool{}
	for _, s := range r.Samples {
		seen[strings.Split(s.Cell, "|")[5]+" "+s.Dest.Region+" "+string(s.Err)] = true
	}
	for _, want := range []string{"crash eu-west ", "crash eu-north ", "crash  timeout", "hang eu-west ", "hang eu-north ", "hang  timeout"} {
		if !seen[want] {
			t.Errorf("no sample of %q; there are %v", want, seen)
		}
	}
	if _, err := os.Stat(fault); err == nil {
		t.Error("the fault was not removed")
	}
	if kept, err := os.ReadFile(filepath.Join(d.Dir, "plan.yaml")); err != nil || !strings.Contains(string(kept), "pay-eu-west") {
		t.Errorf("the copy of the plan: %v", err)
	}
	if s := live.Snapshot(); s.Total.Sent != int64(len(r.Samples)) || s.Phase != PhaseDone {
		t.Errorf("live: %+v, and %d samples", s.Total, len(r.Samples))
	}
}

func TestADrillThatIsKilledLosesASecondAndIsGoneOnWith(t *testing.T) {
	t.Parallel()
	p, _, fault := realPlan(t)
	p.Fault.Duration, p.Scenario.FaultModes, p.Expect = plan.Duration(3*time.Second), []string{"hang"}, p.Expect[1:]
	path, dir := written(t, p), filepath.Join(t.TempDir(), "run")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "DRILL_PLAN="+path, "DRILL_DIR="+dir)
	cmd.Stderr = os.Stderr
	must(t, cmd.Start())
	first := filepath.Join(dir, "results-p1.ndjson")
	during := func() bool { // the file has answers from the other region
		data, err := os.ReadFile(first)
		return err == nil && strings.Contains(string(data), `"region":"eu-north"`)
	}
	eventually(t, "the fault has been seen for some time", during)
	killed := time.Now()
	must(t, cmd.Process.Kill())
	_ = cmd.Wait() // it was killed

	r, err := record.ReadFile(first)
	must(t, err)
	if lost := killed.Sub(r.Header.WallAnchor) - r.Samples[len(r.Samples)-1].End.Duration(); lost > 2*record.FlushEvery {
		t.Errorf("what was seen in the last %s is lost", lost)
	}
	spans := r.Rounds()
	if r.Footer != nil || len(spans) != 2 || !spans[0].Ended || spans[1].Ended || spans[1].Name != "hang" {
		t.Errorf("rounds %+v, footer %v", spans, r.Footer)
	}
	if _, err := os.Stat(fault); err != nil {
		t.Error("the fault should still hold")
	}

	o := Options{Plan: p, PlanPath: path, Dir: dir, Prober: record.Prober{ID: "p1"}, Inject: true, Resume: true}
	d, err := Prepare(o)
	must(t, err)
	res, err := d.Do(t.Context())
	must(t, err)
	wants(t, "rounds", res.Done, []string{"hang"})
	again, err := record.ReadFile(d.File)
	must(t, err)
	if e := again.Events[1]; e.By != cleanup || again.Events[2].Name != record.Round {
		t.Errorf("what was left is removed first: %+v", again.Events[:3])
	}
	if again.Header.Prober.ID != "p1#2" || again.Header.Continues != r.Head || again.Header.Run != r.Header.Run {
		t.Errorf("header %+v", again.Header)
	}
	m, err := record.Merge(r, again)
	must(t, err)
	for _, s := range m.Samples {
		if strings.HasSuffix(s.Cell, "|hang") != (s.Prober == "p1#2") {
			t.Fatalf("a sample of the wrong attempt: %+v", s)
		}
	}
	faults, err := measure.Faults(m.Events)
	must(t, err)
	if len(faults) != 1 || faults[0].ID != "hang#2" || !faults[0].Removed || len(m.Repeated) != 1 {
		t.Errorf("faults %+v, repeated %+v", faults, m.Repeated)
	}
	// Nothing is left to be done.
	if got := refusal(t, o); got != "all rounds are drilled: there is nothing to go on with" {
		t.Errorf("refused %q", got)
	}
}

func TestAHookThatHangsIsEndedWithAllThatItStarted(t *testing.T) {
	t.Parallel()
	p, _, fault := realPlan(t)
	child := filepath.Join(t.TempDir(), "child")
	p.Fault.Hooks = map[string]plan.Hooks{"*": {Timeout: plan.Duration(300 * time.Millisecond),
		Inject: []string{"sh", "-c", `touch "$1"; sleep 600 & echo $! > "$2"; echo waiting for the operator; wait`, "sh", fault, child}, Remove: []string{"rm", fault}}}
	o := Options{Plan: p, PlanPath: written(t, p), Dir: filepath.Join(t.TempDir(), "run"), Prober: record.Prober{ID: "p1"}, Inject: true, NullFor: 200 * time.Millisecond}
	d, err := Prepare(o)
	must(t, err)
	_, err = d.Do(t.Context())
	if a, ok := errors.AsType[*Aborted](err); !ok || a.Why != "inject crash: sh: it took too long and was ended: waiting for the operator" || a.Holds != nil {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(fault); err == nil {
		t.Error("the fault was not removed")
	}
	id, err := os.ReadFile(child)
	must(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(id)))
	must(t, err)
	eventually(t, "what the hook started has ended", func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		return err != nil && syscall.Kill(pid, 0) != nil || strings.Contains(string(stat), ") Z ") // a zombie, where nobody waits for orphans
	})
}

func TestAFaultThatNeverHoldsIsRemoved(t *testing.T) {
	t.Parallel()
	p, _, fault := realPlan(t)
	hooks := p.Fault.Hooks["*"]
	hooks.Verify, hooks.Timeout = []string{"test", "-e", fault + ".never"}, plan.Duration(400*time.Millisecond)
	p.Fault.Hooks["*"] = hooks
	d, err := Prepare(Options{Plan: p, PlanPath: written(t, p), Dir: filepath.Join(t.TempDir(), "run"), Prober: record.Prober{ID: "p1"}, Inject: true, NullFor: 200 * time.Millisecond})
	must(t, err)
	_, err = d.Do(t.Context())
	if a, ok := errors.AsType[*Aborted](err); !ok || !strings.Contains(a.Why, "the fault does not hold after 400ms") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(fault); err == nil {
		t.Error("the fault was not removed")
	}
}

func TestScriptsTellOfTheirFaults(t *testing.T) {
	t.Parallel()
	p, _, fault := realPlan(t)
	p.Scenario.FaultModes, p.Expect = []string{"hang"}, p.Expect[1:]
	path, dir := written(t, p), filepath.Join(t.TempDir(), "run")
	d, err := Prepare(Options{Plan: p, PlanPath: path, Dir: dir, Prober: record.Prober{ID: "p1"}, NullFor: time.Second})
	must(t, err)
	var wg sync.WaitGroup
	wg.Go(func() {
		tell := func(words ...string) {
			m, err := ParseMark(words)
			if err != nil {
				t.Error(err)
			}
			m.Within = 20 * time.Second
			err = Tell(dir, m)
			if err != nil {
				t.Errorf("%v: %v", words, err)
			}
		}
		eventually(t, "the drill is running", func() bool {
			_, err := os.Stat(filepath.Join(dir, pointer))
			return err == nil
		})
		if err := Tell(dir, Mark{Name: record.Inject, Edge: record.Begin}); err == nil || !strings.Contains(err.Error(), "nothing is waited for now") {
			t.Errorf("error %v", err)
		}
		tell("inject", "begin")
		if err := Tell(dir, Mark{Name: record.Remove, Edge: record.End, Within: 20 * time.Second}); err == nil || !strings.Contains(err.Error(), "inject end is waited for now, and remove end was told") {
			t.Errorf("error %v", err)
		}
		if err := os.WriteFile(fault, nil, 0o600); err != nil {
			t.Error(err)
		}
		tell("inject", "end")
		tell("note", "the", "pager", "rang")
		tell("remove", "begin")
		if err := os.Remove(fault); err != nil {
			t.Error(err)
		}
		tell("remove", "end")
	})
	_, err = d.Do(t.Context())
	wg.Wait()
	must(t, err)
	r, err := record.ReadFile(d.File)
	must(t, err)
	wants(t, "events", told(r)[2:], []string{"round begin hang", "inject begin hang", "inject end hang", "remove begin hang", "remove end hang", "round end hang"})
	if !slices.ContainsFunc(r.Events, func(e record.Event) bool { return e.Name == record.Note && e.Detail == "the pager rang" }) {
		t.Errorf("the note is missing: %+v", r.Events)
	}
	if err := Tell(dir, Mark{Name: record.Note}); err == nil || !strings.Contains(err.Error(), "no drill is running") {
		t.Errorf("error %v", err)
	}
}

func TestProbersFollowTheReference(t *testing.T) {
	t.Parallel()
	p, _, _ := realPlan(t)
	p.Probes[0].From = "p1"
	other := p.Probes[0]
	other.Name, other.From = "pay from afar", "p2"
	p.Probes = append(p.Probes, other)
	path, dir := written(t, p), filepath.Join(t.TempDir(), "run")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	first, err := Prepare(Options{Plan: p, PlanPath: path, Dir: dir, Prober: record.Prober{ID: "p1"}, Inject: true, NullFor: 400 * time.Millisecond, Serve: NewReference(l)})
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := first.Do(ctx); err != nil {
			t.Error(err)
		}
	})
	f, err := Join(ctx, l.Addr().String(), "p2")
	must(t, err)
	second, err := Prepare(Options{Plan: p, PlanPath: path, Dir: dir, Run: f.Run(), Prober: record.Prober{ID: "p2"}, Follow: f})
	must(t, err)
	res, err := second.Do(ctx)
	wg.Wait()
	must(t, err)
	wants(t, "rounds", res.Done, []string{"null", "crash", "hang"})
	a, err := record.ReadFile(first.File)
	must(t, err)
	b, err := record.ReadFile(second.File)
	must(t, err)
	if len(a.Clocks) != 2 || len(b.Clocks) != 4 {
		t.Errorf("%d and %d comparisons of clocks", len(a.Clocks), len(b.Clocks))
	}
	m, err := record.Merge(a, b)
	must(t, err)
	if apart, known := m.Apart("p1", "p2"); !known || apart > time.Second {
		t.Errorf("the clocks are %s apart, known %v", apart, known)
	}
	seen := map[string]bool{}
	for _, s := range b.Samples {
		seen[strings.Split(s.Cell, "|")[4]+" "+s.Dest.Region] = true
	}
	if !seen["none eu-west"] || !seen["region=eu-west eu-north"] || seen["none eu-north"] {
		t.Errorf("the other prober saw %v", seen)
	}
}
