//go:build unix

package drill

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/demo"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/probe"
	"github.com/passmuster/muster/drill/record"
)

// haproxyConfig is a proxy that asks both regions every half second, and uses the second while the first is down.
const haproxyConfig = `defaults
  mode http
  timeout connect 500ms
  timeout check 300ms
  timeout server 800ms
  timeout client 5s
  RETRIES
  default-server check inter 500ms fall 3 rise 3 ssl verify required verifyhost payments.mesh ca-file CERTS/ca.pem crt CERTS/proxy.both.pem OBSERVE
frontend front
  bind FRONT
  default_backend regions
backend regions
  server r1 FIRST
  server r2 SECOND backup
`

// TestASecondDataPlane holds the prober and the measurement against HAProxy, of which outages were measured before: how long it takes is
// known from what it is told, and that nothing of muster's is in the way.
func TestASecondDataPlane(t *testing.T) {
	path, err := demo.Tool("haproxy")
	if err != nil {
		t.Skip("no second data plane: ", err)
	}
	stop := func(w *web) error { return w.cmd.Process.Signal(syscall.SIGSTOP) }
	kill := func(w *web) error { w.kill(); return nil }
	for i, tc := range []struct {
		name             string
		retries, observe string
		inject           func(*web) error
		least, most      time.Duration // of the outage; measured 1.08–1.50, 2.56–2.76, 0 and 0.04 s
	}{
		{"checks alone, kill", "retries 0", "", kill, 700 * time.Millisecond, 2500 * time.Millisecond},
		{"checks alone, stop", "retries 0", "", stop, 1800 * time.Millisecond, 4 * time.Second},
		{"retries elsewhere, kill", "retries 2\n  option redispatch 1", "observe layer7 error-limit 3 on-error mark-down", kill, 0, 700 * time.Millisecond},
		{"retries elsewhere, stop", "retries 2\n  option redispatch 1", "observe layer7 error-limit 3 on-error mark-down", stop, 0, 1200 * time.Millisecond},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for attempt := range attempts {
				r, doubts := drillHAProxy(t, path, strings.NewReplacer("RETRIES", tc.retries, "OBSERVE", tc.observe).Replace(haproxyConfig), i, tc.inject)
				failback := "none"
				if r.Failback != nil {
					failback = r.Failback.String()
				}
				t.Logf("outage %s, failback %s, answers while it lasts %v", r.Outage, failback, r.During.Shares)
				share := r.During.Share("second")
				if r.Outage.Lower <= tc.most && r.Outage.Upper >= tc.least && r.Outage.Bounded() && share.Answers > 30 && r.Failback != nil && r.Failback.Bounded() {
					return
				}
				if len(doubts) == 0 || attempt == attempts-1 {
					t.Fatalf("outage %s, want one of %s to %s and answers of the standby; doubts: %v", r.Outage, tc.least, tc.most, doubts)
				}
			}
		})
	}
}

// free is a port that nobody listens on.
func free(t *testing.T, host string) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

func drillHAProxy(t *testing.T, path, config string, nth int, inject func(*web) error) (measure.Result, []measure.Doubt) {
	t.Helper()
	dir := t.TempDir()
	if err := demo.Certify(dir, "first", "second", "proxy"); err != nil {
		t.Fatal(err)
	}
	var both []byte
	for _, name := range []string{"proxy.pem", "proxy.key"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		both = append(both, data...)
	}
	host := "127.0.0." + strconv.Itoa(100+nth)
	first, second := startWeb(t, "first", free(t, host), dir), startWeb(t, "second", free(t, host), dir)
	front := free(t, "127.0.0.1")
	text := strings.NewReplacer("CERTS", dir, "FRONT", front, "FIRST", first.address, "SECOND", second.address).Replace(config)
	for name, data := range map[string][]byte{"proxy.both.pem": both, "haproxy.cfg": []byte(text)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	proxy := exec.Command(path, "-db", "-f", filepath.Join(dir, "haproxy.cfg"))
	var said strings.Builder
	proxy.Stderr = &said
	if err := probe.Calmly(proxy.Start); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = proxy.Process.Kill()
		_ = proxy.Wait()
	})
	const cell = "payments|443||edge|region=first|crash"
	target := probe.Target{Cell: cell, Protocol: probe.HTTP1, Address: front, Echo: probe.Echo{Region: "x-region"}, Every: 20 * time.Millisecond, Timeout: time.Second, Keep: true}
	file := filepath.Join(dir, "p1.ndjson")
	anchor := time.Now()
	rec, err := record.Create(file, record.Header{Run: "haproxy", WallAnchor: anchor, Prober: record.Prober{ID: "p1", Mode: record.Open}}, record.SyncFlushed)
	if err != nil {
		t.Fatal(err)
	}
	event := func(name record.EventName, do func() error) {
		e := record.Event{Name: name, Edge: record.Begin, At: record.Millis(time.Since(anchor)), Fault: "f", Scenario: "region=first", Mode: "crash"}
		if err := rec.Event(e); err != nil {
			t.Fatal(err)
		}
		if err := do(); err != nil {
			t.Fatal(err)
		}
		e.Edge, e.At = record.End, record.Millis(time.Since(anchor))
		if err := rec.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	wait := func(d time.Duration) {
		select {
		case <-time.After(d):
		case <-t.Context().Done():
		}
	}
	wait(1500 * time.Millisecond) // until its first checks are over
	asking, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- probe.Run(asking, []probe.Target{target}, rec, probe.Options{Anchor: anchor}) }()
	wait(1500 * time.Millisecond)
	event(record.Inject, func() error { return inject(first) })
	wait(5 * time.Second)
	event(record.Remove, func() error {
		if first.cmd.ProcessState != nil { // it was killed
			first = startWeb(t, "first", first.address, dir)
			return nil
		}
		return first.cmd.Process.Signal(syscall.SIGCONT)
	})
	wait(4 * time.Second)
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if _, err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	one, err := record.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m, err := record.Merge(one)
	if err != nil {
		t.Fatal(err)
	}
	faults, err := measure.Faults(m.Events)
	if err != nil || len(faults) != 1 {
		t.Fatal(faults, err)
	}
	v := measure.Views(m)[0]
	r := measure.Measure(v, faults[0], 0, measure.Options{During: []string{"second"}, After: []string{"first"}})
	if r.Before.Good == 0 {
		t.Log(said.String())
	}
	return r, measure.Doubts(m, v, faults[0], r, 0)
}
