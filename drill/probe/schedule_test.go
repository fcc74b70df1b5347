package probe

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/passmuster/muster/drill/record"
)

// seen keeps what a prober saw.
type seen struct {
	mu      sync.Mutex
	samples []record.Sample
	drops   []record.Drop
	full    int // samples that are taken before errFull; 0 = all
}

var errFull = errors.New("no space left")

func (s *seen) Sample(sample record.Sample) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full > 0 && len(s.samples) == s.full {
		return errFull
	}
	s.samples = append(s.samples, sample)
	return nil
}

func (s *seen) Drop(d record.Drop) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drops = append(s.drops, d)
	return nil
}

// sorted are the samples in the order of their ticks.
func (s *seen) sorted() []record.Sample {
	slices.SortFunc(s.samples, func(a, b record.Sample) int { return cmp.Compare(a.Sched, b.Sched) })
	return s.samples
}

// outage is a service that takes connections at once, but none between from and to, where they hang.
func outage(from, to time.Duration) func(context.Context, string, string) (net.Conn, error) {
	start := time.Now()
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		if at := time.Since(start); at >= from && at < to {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		a, b := net.Pipe()
		return a, b.Close()
	}
}

func target() Target {
	return Target{Cell: "cluster.local/shop/pay|80||web|region=eu-west|hang", Protocol: TCP, Address: "10.0.0.1:80", Every: 20 * time.Millisecond, Timeout: time.Second}
}

func TestRequestsThatHangHoldUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to, got := target(), &seen{}
		to.Dial = outage(time.Second, 3*time.Second)
		if err := Run(t.Context(), []Target{to}, got, Options{Ticks: 250, Wait: ByTimer}); err != nil {
			t.Fatal(err)
		}
		bad := 0
		for i, s := range got.sorted() {
			if s.Tick != int64(i) || s.Sched.Duration() != time.Duration(i)*to.Every || s.Late != 0 {
				t.Fatalf("sample %d: %+v", i, s)
			}
			latency := (s.End - s.Sched).Duration()
			if s.OK && latency != 0 || !s.OK && (latency != time.Second || s.Err != record.ErrTimeout) {
				t.Errorf("sample %d took %s: %+v", i, latency, s)
			}
			if !s.OK {
				bad++
			}
		}
		// A prober that waits for its answers would have seen two of them.
		if len(got.samples) != 250 || bad != 100 || len(got.drops) != 0 {
			t.Errorf("%d samples, %d bad, drops %v; want 250, 100, none", len(got.samples), bad, got.drops)
		}
	})
}

func TestTicksAboveTheBoundAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to, got := target(), &seen{}
		to.MaxInFlight, to.Timeout = 10, 990*time.Millisecond
		to.Dial = outage(time.Second, 3*time.Second)
		if err := Run(t.Context(), []Target{to}, got, Options{Ticks: 250, Wait: ByTimer}); err != nil {
			t.Fatal(err)
		}
		told := map[int64]bool{}
		for _, s := range got.samples {
			told[s.Tick] = true
		}
		for _, d := range got.drops {
			if d.Why != record.DropLimit || d.Cell != to.Cell || d.Sched.Duration() != time.Duration(d.Tick)*to.Every {
				t.Errorf("%+v", d)
			}
			for i := range d.Count {
				if told[d.Tick+i] {
					t.Errorf("tick %d was both sent and dropped", d.Tick+i)
				}
				told[d.Tick+i] = true
			}
		}
		// Of each second of the fault ten requests wait until its end; the other forty are not sent.
		if len(told) != 250 || len(got.drops) != 2 || got.drops[0].Tick != 60 || got.drops[0].Count != 40 || got.drops[1].Tick != 110 {
			t.Errorf("%d of 250 ticks are told; drops %+v", len(told), got.drops)
		}
	})
}

func TestALongRowOfDropsIsToldEachSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to, got := target(), &seen{}
		to.MaxInFlight, to.Timeout = 1, 10*time.Second
		to.Dial = outage(0, time.Hour)
		if err := Run(t.Context(), []Target{to}, got, Options{Ticks: 126, Wait: ByTimer}); err != nil {
			t.Fatal(err)
		}
		var rows []int64
		for _, d := range got.drops {
			rows = append(rows, d.Count)
		}
		if !slices.Equal(rows, []int64{50, 50, 25}) || got.drops[2].Tick != 101 {
			t.Errorf("rows %v: %+v", rows, got.drops)
		}
	})
}

func TestAProberThatIsHeldUpSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to, got := target(), &seen{}
		to.Timeout = 200 * time.Millisecond
		to.Dial = outage(0, 0)
		start, held := time.Now(), false
		stall := func(ctx context.Context, until func() time.Duration) error {
			if err := ByTimer(ctx, until); err != nil {
				return err
			}
			if time.Since(start) >= time.Second && !held {
				held = true
				<-time.After(500 * time.Millisecond) // tick 50 and those after it are late
			}
			return nil
		}
		if err := Run(t.Context(), []Target{to}, got, Options{Ticks: 100, Wait: stall}); err != nil {
			t.Fatal(err)
		}
		// Ticks 50 to 64 were due more than 200 ms ago at 1.5 s, 65 to 75 less.
		if len(got.drops) != 1 || got.drops[0].Tick != 50 || got.drops[0].Count != 15 || got.drops[0].Why != record.DropLate {
			t.Errorf("drops %+v", got.drops)
		}
		for _, s := range got.sorted() {
			want := time.Duration(0)
			if s.Tick >= 65 && s.Tick <= 75 {
				want = 1500*time.Millisecond - s.Sched.Duration()
			}
			if s.Late.Duration() != want || (s.End-s.Sched).Duration() != want {
				t.Errorf("tick %d is %s late and took %s, want %s", s.Tick, s.Late.Duration(), (s.End - s.Sched).Duration(), want)
			}
		}
		if len(got.samples) != 85 {
			t.Errorf("%d samples, want 85", len(got.samples))
		}
	})
}

func TestTheEndOfARunLeavesNoAnswerOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to, got := target(), &seen{}
		to.Dial = outage(900*time.Millisecond, time.Hour)
		ctx, stop := context.WithTimeout(t.Context(), 999*time.Millisecond)
		defer stop()
		if err := Run(ctx, []Target{to}, got, Options{Wait: ByTimer}); err != nil {
			t.Fatal(err)
		}
		samples := got.sorted()
		if len(samples) != 50 || samples[49].Err != record.ErrTimeout || samples[49].End-samples[49].Sched != record.Millis(to.Timeout) {
			t.Errorf("%d samples, the last %+v; want 50, a timeout", len(samples), samples[len(samples)-1])
		}
	})
}

func TestTargetsAreAskedInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, got := target(), target(), &seen{}
		a.Dial, b.Dial, b.Cell = outage(0, 0), outage(0, 0), "other"
		anchor := time.Now()
		<-time.After(time.Minute)
		if err := Run(t.Context(), []Target{a, b}, got, Options{Ticks: 2, Anchor: anchor, Wait: ByTimer}); err != nil {
			t.Fatal(err)
		}
		for i, s := range got.sorted() {
			if want := time.Minute + time.Duration(i)*10*time.Millisecond; s.Sched.Duration() != want || (s.Cell == "other") != (i%2 == 1) {
				t.Errorf("sample %d: %+v, want at %s", i, s, want)
			}
		}
	})
}

func TestARunThatCannotBeRecordedEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to, got := target(), &seen{full: 3}
		to.Dial = outage(0, 0)
		if err := Run(t.Context(), []Target{to}, got, Options{Wait: ByTimer}); !errors.Is(err, errFull) {
			t.Errorf("got %v", err)
		}
		if at := len(got.samples); at != 3 {
			t.Errorf("%d samples", at)
		}
	})
}

func TestMistakesAreFoundBeforeTheFirstRequest(t *testing.T) {
	for want, change := range map[string]func(*Target){
		"want host:port":      func(t *Target) { t.Address = "pay" },
		"the cell is missing": func(t *Target) { t.Cell = "" },
		"the least is":        func(t *Target) { t.Every = 0 },
		"needs a timeout":     func(t *Target) { t.Timeout = 0 },
		"needs TLS":           func(t *Target) { t.Protocol = Handshake },
		"/package.Service/":   func(t *Target) { t.Protocol, t.Path = GRPC, "Echo" },
		"is not known":        func(t *Target) { t.Protocol = "http3" },
		"no SPIFFE id":        func(t *Target) { t.TLS = &TLS{Verify: VerifySPIFFE} },
		"path \"pay\"":        func(t *Target) { t.Protocol, t.Path = HTTP1, "pay" },
		"requests in flight":  func(t *Target) { t.MaxInFlight = -1 },
	} {
		to, got := target(), &seen{}
		change(&to)
		err := Run(t.Context(), []Target{to}, got, Options{Ticks: 1})
		if err == nil || !contains(err.Error(), want) || len(got.samples) > 0 {
			t.Errorf("got %v and %d samples, want %s", err, len(got.samples), want)
		}
	}
}
