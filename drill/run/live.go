package run

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/passmuster/muster/drill/record"
)

// Live is what a run is at, for whoever watches it. It is asked as often as its watcher likes, and holds nothing up. The zero Live
// is ready.
type Live struct {
	mu     sync.Mutex
	now    func() time.Duration // since the anchor
	round  Round
	index  int // of the round, from 1
	rounds int
	phase  Phase
	began  time.Duration // of the phase
	lasts  time.Duration // the phase, as planned; 0 = until something is done
	todo   string
	fault  time.Duration // when the injection began; 0 = no fault
	rto    time.Duration
	place  func(*record.Sample) string
	cells  map[string]*liveCell
	recent []seen // ended within the last second, by when they were recorded
	total  Total
	log    []Line
}

// Phase is a part of a round.
type Phase string

// Phases of a round.
const (
	PhaseWaiting Phase = "waiting" // for other probers
	PhaseNull    Phase = "normal day"
	PhaseBefore  Phase = "before"
	PhaseInject  Phase = "inject"
	PhaseFault   Phase = "fault"
	PhaseRemove  Phase = "remove"
	PhaseAfter   Phase = "after"
	PhaseFollow  Phase = "with the reference" // which says when a round is over
	PhaseDone    Phase = "done"
)

// Line is something that happened, for a log.
type Line struct {
	At   time.Duration // since the anchor
	Text string
}

// Total counts all requests of a run.
type Total struct{ Sent, Bad, Dropped int64 }

type liveCell struct {
	first, last time.Duration // requests that went wrong since the fault, by when they were due
	bad         bool
}

type seen struct {
	cell, place   string
	end           time.Duration
	latency, late time.Duration
	ok            bool
}

// Snapshot is a moment of a run.
type Snapshot struct {
	Now           time.Duration // since the anchor
	Round         Round
	Index, Rounds int
	Phase         Phase
	Since, Lasts  time.Duration // the phase; Lasts 0 = until something is done
	Todo          string        // what a person has to do now; empty = nothing
	Cells         []CellNow     // by name
	Total         Total
	LateP99       time.Duration // of the last second
	RTO           time.Duration // 0 = none is promised
	Faulty        bool          // the injection has begun, and the removal has not ended
	Log           []Line        // all so far
}

// CellNow is what requests of one cell met in the last second.
type CellNow struct {
	Cell      string
	Good, Bad int
	P99       time.Duration
	Shares    []PlaceShare // of the answers, the largest first
	// Outage is the time from the first request that went wrong since the fault to the last. Over: none went wrong in the last second.
	Outage time.Duration
	Over   bool
}

// PlaceShare is the part of the answers that came from a place; "" = the answers do not tell.
type PlaceShare struct {
	Place string
	Share float64
}

func (l *Live) start(now func() time.Duration, rounds int, rto time.Duration, place func(*record.Sample) string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now, l.rounds, l.rto, l.place, l.cells = now, rounds, rto, place, map[string]*liveCell{}
}

func (l *Live) say(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.log = append(l.log, Line{l.now(), fmt.Sprintf(format, args...)})
}

func (l *Live) enter(r *Round, index int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.round, l.index, l.fault, l.recent = *r, index, 0, nil
	clear(l.cells)
}

func (l *Live) at(p Phase, lasts time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.phase, l.began, l.lasts = p, l.now(), lasts
	text := "round " + l.round.Name + ": " + string(p)
	if p == PhaseDone || p == PhaseWaiting {
		text = string(p)
	}
	if lasts > 0 {
		text += " (" + lasts.String() + ")"
	}
	l.log = append(l.log, Line{l.began, text})
}

// faulty says when the injection of a fault began; 0 = it is over.
func (l *Live) faulty(at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fault = at
}

func (l *Live) ask(name record.EventName, edge record.Edge, r *Round) {
	what := map[record.EventName]string{record.Inject: "inject", record.Remove: "remove"}[name]
	text := fmt.Sprintf("tell when you begin to %s %s (%s)", what, r.Scenario, r.Mode)
	if edge == record.End {
		text = fmt.Sprintf("%s %s (%s) now, and tell when it is done", what, r.Scenario, r.Mode)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.todo = text
	l.log = append(l.log, Line{l.now(), "waiting: " + text})
}

func (l *Live) asked() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.todo = ""
}

func (l *Live) take(s *record.Sample, d *record.Drop) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d != nil {
		l.total.Dropped += d.Count
		return
	}
	l.total.Sent++
	one := seen{cell: s.Cell, place: l.place(s), end: s.End.Duration(), latency: (s.End - s.Sched).Duration(), late: s.Late.Duration(), ok: s.OK}
	l.recent = append(l.recent, one)
	if len(l.recent) > 4096 {
		l.prune()
	}
	if s.OK {
		return
	}
	l.total.Bad++
	due := s.Sched.Duration()
	if l.fault > 0 && due >= l.fault {
		c := l.cell(s.Cell)
		if !c.bad {
			c.bad, c.first = true, due
		}
		c.first, c.last = min(c.first, due), max(c.last, due)
	}
}

func (l *Live) cell(name string) *liveCell {
	c := l.cells[name]
	if c == nil {
		c = &liveCell{}
		l.cells[name] = c
	}
	return c
}

// prune forgets what ended more than a second ago.
func (l *Live) prune() {
	since := l.now() - time.Second
	l.recent = slices.DeleteFunc(l.recent, func(s seen) bool { return s.end < since })
}

// Snapshot is what the run is at now.
func (l *Live) Snapshot() Snapshot {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now == nil {
		return Snapshot{}
	}
	l.prune()
	now := l.now()
	s := Snapshot{Now: now, Round: l.round, Index: l.index, Rounds: l.rounds, Phase: l.phase, Since: now - l.began, Lasts: l.lasts, Todo: l.todo,
		Total: l.total, RTO: l.rto, Faulty: l.fault > 0, Log: slices.Clone(l.log)}
	of := map[string][]seen{}
	var late []time.Duration
	for _, one := range l.recent {
		of[one.cell], late = append(of[one.cell], one), append(late, one.late)
	}
	for name := range l.cells {
		if of[name] == nil {
			of[name] = []seen{}
		}
	}
	s.LateP99 = p99(late)
	for _, name := range slices.Sorted(maps.Keys(of)) {
		c := cellNow(name, of[name])
		if b := l.cells[name]; b != nil && b.bad {
			c.Outage, c.Over = b.last-b.first, c.Bad == 0
		}
		s.Cells = append(s.Cells, c)
	}
	return s
}

func cellNow(name string, recent []seen) CellNow {
	c := CellNow{Cell: name}
	places, latency := map[string]int{}, make([]time.Duration, 0, len(recent))
	for _, one := range recent {
		latency = append(latency, one.latency)
		if !one.ok {
			c.Bad++
			continue
		}
		c.Good++
		places[one.place]++
	}
	c.P99 = p99(latency)
	for place, n := range places {
		c.Shares = append(c.Shares, PlaceShare{place, float64(n) / float64(c.Good)})
	}
	slices.SortFunc(c.Shares, func(a, b PlaceShare) int { return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Place, b.Place)) })
	return c
}

// p99 is the 99th percentile by the nearest rank; it sorts what it is given.
func p99(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[(len(all)*99+99)/100-1]
}
