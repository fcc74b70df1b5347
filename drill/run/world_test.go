package run

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/probe"
	"github.com/passmuster/muster/drill/record"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const shop = "cluster.local/shop/pay"

func cellOf(client, fault string) string {
	return shop + "|80||" + client + "|region=eu-west|" + fault
}

// thePlan drills crash and hang of a region: one probe, ten requests a second.
func thePlan() *plan.Plan {
	p := &plan.Plan{APIVersion: plan.APIVersion, Kind: plan.Kind, Metadata: plan.Metadata{ID: "pay-eu-west", Owner: "team-pay"},
		Scenario:   plan.Scenario{Fail: "region=eu-west", FaultModes: []string{"crash", "hang"}},
		Objectives: plan.Objectives{RTO: plan.Duration(5 * time.Second)},
		Config:     plan.Config{Digest: "sha256:cc"},
		Probes: []plan.Probe{{Name: "pay", Service: shop, Protocol: "http1", Target: "http://pay.test/echo", Rate: 10, Timeout: plan.Duration(time.Second),
			Keep: new(bool), Echo: plan.Echo{Region: "X-Region"}}},
		Fault:  plan.Fault{Driver: "command", Duration: plan.Duration(9950 * time.Millisecond), Before: plan.Duration(5 * time.Second), After: plan.Duration(8 * time.Second)},
		People: plan.People{Approvers: []string{"team-sre"}},
	}
	for _, mode := range p.Scenario.FaultModes {
		p.Expect = append(p.Expect, plan.Expectation{Cell: cellOf("web", mode), Outcome: "survives", By: "region",
			Before: map[string]float64{"eu-west": 1}, During: map[string]float64{"eu-north": 1}, After: map[string]float64{"eu-west": 1}})
	}
	return p
}

// written is the plan in a file, approved.
func written(t testing.TB, p *plan.Plan) string {
	t.Helper()
	digest, err := p.Digest()
	must(t, err)
	p.People.Approved = []plan.Approval{{By: "team-sre", At: "2026-11-01T00:00:00Z", Digest: digest}}
	path := filepath.Join(t.TempDir(), "plan.yaml")
	var text bytes.Buffer
	must(t, plan.Write(&text, p))
	must(t, os.WriteFile(path, text.Bytes(), 0o644))
	return path
}

// world is a service in two regions, and what injects its faults. It fails over after a time.
type world struct {
	mu       sync.Mutex
	since    time.Time // of the fault
	faulty   bool
	broken   bool // answers are wrong without any fault
	strange  bool // answers come from elsewhere
	failover time.Duration
	acts     []string
	// of the injector
	refuse  map[string]error // by "inject hang"
	hang    map[string]bool  // it lasts until its context ends
	onBegin func(name record.EventName)
}

func (w *world) dial(t *probe.Target) {
	t.Dial = func(context.Context, string, string) (net.Conn, error) {
		a, b := net.Pipe()
		go w.serve(b)
		return a, nil
	}
}

func (w *world) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	if _, err := http.ReadRequest(in); err != nil {
		return
	}
	w.mu.Lock()
	region, hangs, broken := "eu-west", false, w.broken
	if w.faulty {
		region, hangs = "eu-north", time.Since(w.since) < w.failover
	}
	if w.strange {
		region = "us-east"
	}
	w.mu.Unlock()
	switch {
	case hangs:
		_, _ = in.ReadByte() // until the client gives up
	case broken:
		fmt.Fprint(conn, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
	default:
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Region: %s\r\n\r\n", region)
	}
}

func (w *world) by() string { return "world" }

func (w *world) act(ctx context.Context, name record.EventName, r *Round, begin, end func() error) error {
	if err := begin(); err != nil && name == record.Inject {
		return err
	}
	what := string(name) + " " + r.Mode
	w.mu.Lock()
	w.acts = append(w.acts, what)
	refuse, hang, on := w.refuse[what], w.hang[what], w.onBegin
	w.faulty, w.since = name == record.Inject, time.Now()
	w.mu.Unlock()
	if on != nil {
		on(name)
	}
	if hang {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	if refuse != nil {
		return refuse
	}
	return end()
}

// options of a run in that world, on the clock of a test.
func (w *world) options(t testing.TB, p *plan.Plan) Options {
	return Options{Plan: p, PlanPath: written(t, p), Dir: filepath.Join(t.TempDir(), "run"), Run: "r1", Prober: record.Prober{ID: "p1"},
		dial: w.dial, wait: probe.ByTimer, driver: func(*Drill) driver { return w }, deaf: true}
}

// drill prepares and does, and reads what was recorded.
func drill(t *testing.T, ctx context.Context, o Options) (Result, *record.Recording, error) { //nolint:revive // the test comes first
	t.Helper()
	d, err := Prepare(o)
	must(t, err)
	res, err := d.Do(ctx)
	r, unread := record.ReadFile(d.File)
	must(t, unread)
	return res, r, err
}

// told are the events of a recording, in a word each: "inject begin hang".
func told(r *record.Recording) []string {
	var all []string
	for _, e := range r.Events {
		text := strings.TrimSpace(fmt.Sprintf("%s %s", e.Name, e.Edge))
		if e.Fault != "" {
			text += " " + e.Fault
		}
		if e.Failed {
			text += " failed"
		}
		if e.Name != record.Note {
			all = append(all, text)
		}
	}
	return all
}

func wants(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

var errNo = errors.New("no")
