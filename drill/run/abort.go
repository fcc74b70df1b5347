package run

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
)

// watchEvery is how often conditions are looked at, and the grain of their windows.
const (
	watchEvery    = 100 * time.Millisecond
	defaultWindow = 10 * time.Second
)

// abortRule is one condition on which a drill ends. It counts requests itself, apart from everything that judges: a mistake there
// must not keep a drill from being ended.
type abortRule struct {
	plan.Abort
	path    string // of the file
	window  time.Duration
	limit   float64 // share of requests that may be bad, or slow
	first   time.Duration
	begun   bool
	buckets []tenth // a ring
}

// tenth is what ended in a tenth of a second.
type tenth struct {
	at         int64 // its number since the anchor
	all, wrong int64
}

// checkAbort finds a condition that could never be met, or that nobody understands.
func checkAbort(a *plan.Abort) error {
	switch {
	case a.Metric == "file" && a.Path == "":
		return fmt.Errorf("abort_on file: the path is missing")
	case a.Metric == "error_ratio" && (a.Over < 0 || a.Over >= 1):
		return fmt.Errorf("abort_on error_ratio: gt is %g, want 0 to less than 1", a.Over)
	case a.Metric == "latency_p99_ms" && a.Over <= 0:
		return fmt.Errorf("abort_on latency_p99_ms: gt is %g, want milliseconds", a.Over)
	case a.Metric != "file" && a.Metric != "error_ratio" && a.Metric != "latency_p99_ms":
		return fmt.Errorf("abort_on %q: want error_ratio, latency_p99_ms or file", record.Clip(a.Metric, 80))
	case a.For.Std() > time.Hour:
		return fmt.Errorf("abort_on %s: for %s, want an hour at most", a.Metric, a.For)
	}
	return nil
}

func newAbortRule(a plan.Abort, dir string) *abortRule {
	r := &abortRule{Abort: a, window: max(cmp.Or(a.For.Std(), defaultWindow), watchEvery), limit: a.Over}
	if a.Metric == "latency_p99_ms" {
		r.limit = 0.01 // one in a hundred may be slower
	}
	if r.path = a.Path; a.Path != "" && !filepath.IsAbs(a.Path) {
		r.path = filepath.Join(dir, a.Path)
	}
	r.buckets = make([]tenth, r.window/watchEvery+1)
	return r
}

// count takes one request, or one that could not be sent because too many were waiting for answers.
func (r *abortRule) count(cell string, at, latency time.Duration, bad bool) {
	if r.Metric == "file" || r.Cell != "" && r.Cell != cell {
		return
	}
	if !r.begun {
		r.begun, r.first = true, at
	}
	n := int64(at / watchEvery)
	b := &r.buckets[n%int64(len(r.buckets))]
	if b.at > n {
		return // it lies before the window
	}
	if b.at != n {
		*b = tenth{at: n}
	}
	b.all++
	wrong := bad
	if r.Metric == "latency_p99_ms" {
		wrong = latency.Seconds()*1000 > r.Over
	}
	if wrong {
		b.wrong++
	}
}

// met says why the drill has to end; "" = it has not. A ratio needs a whole window.
func (r *abortRule) met(now time.Duration) string {
	if r.Metric == "file" {
		if _, err := os.Stat(r.path); err == nil {
			return "the file " + r.path + " is there"
		}
		return ""
	}
	if !r.begun || now-r.first < r.window {
		return ""
	}
	var all, wrong int64
	for _, b := range r.buckets {
		if age := int64(now/watchEvery) - b.at; age >= 0 && age < int64(len(r.buckets)) {
			all, wrong = all+b.all, wrong+b.wrong
		}
	}
	if all == 0 || float64(wrong)/float64(all) <= r.limit {
		return ""
	}
	if r.Metric == "latency_p99_ms" {
		return fmt.Sprintf("latency_p99_ms is above %g: %d of %d requests of the last %s took longer", r.Over, wrong, all, r.window)
	}
	return fmt.Sprintf("error_ratio is above %g: %d of %d requests of the last %s went wrong", r.Over, wrong, all, r.window)
}

// guard watches all conditions of a plan.
type guard struct {
	mu    sync.Mutex
	rules []*abortRule
}

func newGuard(conditions []plan.Abort, dir string) *guard {
	g := &guard{}
	for _, a := range conditions {
		g.rules = append(g.rules, newAbortRule(a, dir))
	}
	return g
}

func (g *guard) sample(s *record.Sample) {
	if s.Err.OfProber() {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range g.rules {
		r.count(s.Cell, s.End.Duration(), (s.End - s.Sched).Duration(), !s.OK)
	}
}

// drop counts requests that were not sent because too many hung. What the prober itself held up says nothing.
func (g *guard) drop(d *record.Drop, now time.Duration) {
	if d.Why != record.DropLimit {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range g.rules {
		for range min(d.Count, 10_000) {
			r.count(d.Cell, now, time.Hour, true)
		}
	}
}

func (g *guard) met(now time.Duration) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range g.rules {
		if why := r.met(now); why != "" {
			return why
		}
	}
	return ""
}
