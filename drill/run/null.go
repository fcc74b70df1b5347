package run

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
)

// normalDay judges the null round: a drill on a day that is not normal proves nothing.
type normalDay struct {
	mu      sync.Mutex
	latency time.Duration // above which an answer is not good; 0 = any is
	cells   map[string]*normalCell
}

type normalCell struct {
	expect  *plan.Expectation // nil = nothing is expected of places
	told    bool              // the probe knows where answers say who they are
	sent    int
	bad     map[string]int // by what went wrong
	strange map[string]int // by the place that answered and should not
	dropped int64
}

func newNormalDay(asked []question, latency time.Duration) *normalDay {
	n := &normalDay{latency: latency, cells: map[string]*normalCell{}}
	for i := range asked {
		q := &asked[i]
		e := q.before()
		n.cells[q.normal.String()] = &normalCell{expect: e, told: e != nil && echoes(q.probe, e.By), bad: map[string]int{}, strange: map[string]int{}}
	}
	return n
}

// echoes: answers to the probe say their place.
func echoes(pr *plan.Probe, by string) bool {
	e := pr.Echo
	switch by {
	case "region":
		return e.Region != ""
	case "zone":
		return e.Zone != ""
	case "cluster":
		return e.Cluster != ""
	default:
		return e.Workload != ""
	}
}

func (n *normalDay) sample(s *record.Sample) {
	n.mu.Lock()
	defer n.mu.Unlock()
	c := n.cells[s.Cell]
	if c == nil {
		return
	}
	c.sent++
	switch {
	case !s.OK:
		c.bad[string(s.Err)]++
	case n.latency > 0 && (s.End-s.Sched).Duration() > n.latency:
		c.bad["slower than "+n.latency.String()]++
	case c.told && c.expect.Before[c.expect.Place(s.Dest)] <= 0:
		c.strange[or(c.expect.Place(s.Dest), "nobody knows whom")]++
	}
}

func (n *normalDay) drop(d *record.Drop) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if c := n.cells[d.Cell]; c != nil {
		c.dropped += d.Count
	}
}

// faults says what was not normal, cell by cell; none = the round is clean. sent counts its requests.
func (n *normalDay) faults() (faults []string, sent int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, cell := range slices.Sorted(maps.Keys(n.cells)) {
		c := n.cells[cell]
		sent += c.sent
		if c.sent == 0 {
			faults = append(faults, cell+": nothing was asked")
		}
		for _, what := range slices.Sorted(maps.Keys(c.bad)) {
			faults = append(faults, fmt.Sprintf("%s: %d of %d requests went wrong (%s)", cell, c.bad[what], c.sent, what))
		}
		for _, place := range slices.Sorted(maps.Keys(c.strange)) {
			faults = append(faults, fmt.Sprintf("%s: %d of %d answers came from %s, and should from %v", cell, c.strange[place], c.sent,
				place, slices.Sorted(maps.Keys(c.expect.Before))))
		}
		if c.dropped > 0 {
			faults = append(faults, fmt.Sprintf("%s: %d requests were not sent", cell, c.dropped))
		}
	}
	return faults, sent
}

// earlier judges the null round of another run, which must be young enough and of the same plan.
func (n *normalDay) earlier(path, digest string, oldest time.Time) (head string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", &Unreadable{err}
	}
	defer f.Close()
	var last time.Duration
	r, err := record.Scan(f, func(s *record.Sample) error {
		if n.cells[s.Cell] != nil {
			last = max(last, s.End.Duration())
		}
		n.sample(s)
		return nil
	}, func(d *record.Drop) error { n.drop(d); return nil })
	if err != nil {
		return "", &Unreadable{fmt.Errorf("%s: %w", path, err)}
	}
	if r.Header.PlanDigest != digest {
		return "", refused("%s: the null round is of another plan (%s)", path, r.Header.PlanDigest)
	}
	ended := slices.ContainsFunc(r.Rounds(), func(s record.Span) bool { return s.Name == "null" && s.Ended })
	if !ended {
		return "", refused("%s: there is no null round, or it did not come to its end", path)
	}
	if at := r.Header.WallAnchor.Add(last); at.Before(oldest) || at.After(time.Now().Add(time.Minute)) {
		return "", refused("%s: the null round is of %s, which is too old", path, at.UTC().Format(time.RFC3339))
	}
	if faults, _ := n.faults(); len(faults) > 0 {
		return "", &Refused{append([]string{path + ": the null round is not clean"}, faults...)}
	}
	return r.Head, nil
}
