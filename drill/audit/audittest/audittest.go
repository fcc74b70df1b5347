// Package audittest makes recordings of drills that never were: of a service of which the truth is known, as a prober would
// have seen it. Tests of audits and reports use it.
package audittest

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
)

// Anchor is when all recordings begin.
var Anchor = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// Never is a time that does not come.
const Never = time.Duration(1) << 60

// World is what a fault does to a service in two regions, of which r1 fails.
type World struct {
	// Failover is how long after the fault r2 answers, and Back how long after its removal r1 does again. Until then requests
	// go wrong; if r2 never answers they do until the removal.
	Failover, Back time.Duration
	// Hang: what goes wrong ends with the prober's timeout, else it is refused at once.
	Hang bool
	// Standby changes the answers of r2.
	Standby func(*record.Sample)
	// Each changes a request, at a time since the fault; before it that is negative.
	Each func(since time.Duration, s *record.Sample)
}

// Drill is one run.
type Drill struct {
	Plan *plan.Plan
	// Worlds are by fault mode. A mode without one is not injected.
	Worlds map[string]World
	// Every is the distance of two requests, Prober the id.
	Every  time.Duration
	Prober string
	// Header changes the header, Event an event before it is written (false = leave it out), Sample any request.
	Header func(*record.Header)
	Event  func(*record.Event) bool
	Sample func(*record.Sample) bool
	// SkipNull leaves out the null round.
	SkipNull bool
	// Cut ends the recording without a footer, after so much of the time; 0 = it is whole.
	Cut time.Duration
}

const (
	timeout = time.Second
	rtt     = 5 * time.Millisecond
	null    = 16 * time.Second
)

// line is one that is written at a moment.
type line struct {
	at    time.Duration
	event *record.Event
	one   *record.Sample
}

// Write writes the recording.
func (d *Drill) Write(out io.Writer) error {
	digest, err := d.Plan.Digest()
	if err != nil {
		return err
	}
	h := record.Header{
		Run: "run-1", PlanDigest: digest, ConfigDigest: d.Plan.Config.Digest, WallAnchor: Anchor,
		Prober: record.Prober{ID: cmp.Or(d.Prober, "p1"), Region: "eu-north", Version: "test", Mode: record.Open},
		Clock:  &record.Clock{Bound: record.Millis(time.Millisecond)},
	}
	if d.Header != nil {
		d.Header(&h)
	}
	w, err := record.NewWriter(out, h, record.SyncNever)
	if err != nil {
		return err
	}
	for _, l := range d.lines() {
		if d.Cut > 0 && l.at >= d.Cut {
			break
		}
		switch {
		case l.event != nil:
			err = w.Event(*l.event)
		default:
			err = w.Sample(*l.one)
		}
		if err != nil {
			return err
		}
	}
	_, err = w.Close()
	return err
}

// File is the recording as an input of an audit. A drill that was cut has no footer.
func (d *Drill) File(name string) (audit.File, error) {
	var out bytes.Buffer
	if err := d.Write(&out); err != nil {
		return audit.File{}, err
	}
	text := out.Bytes()
	if d.Cut > 0 {
		text = text[:bytes.LastIndexByte(text[:len(text)-1], '\n')+1]
	}
	return File(name, text), nil
}

// File is a text as an input of an audit.
func File(name string, text []byte) audit.File {
	return audit.File{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }}
}

// lines are those of the whole run, in the order in which a prober would write them.
func (d *Drill) lines() []line {
	every := cmp.Or(d.Every, 20*time.Millisecond)
	rng := rand.New(rand.NewPCG(1, 2))
	var all []line
	at := time.Duration(0)
	ticks := map[string]int64{}
	round := func(cell string, from, to, inject, remove time.Duration, w World) {
		for due := from; due < to; due += every {
			s := record.Sample{
				Tick: ticks[cell], Sched: record.Millis(due), Late: record.Millis(rng.Int64N(int64(time.Millisecond))), Cell: cell,
				Source: "web@eu-north", Protocol: "http1", TLS: "1.3", Attempts: 1,
			}
			ticks[cell]++
			w.ask(&s, inject, remove)
			if d.Sample == nil || d.Sample(&s) {
				all = append(all, line{at: s.End.Duration(), one: &s})
			}
		}
	}
	if !d.SkipNull {
		for _, cell := range d.normalDays() {
			round(cell, at, at+null, Never, Never, World{})
		}
	}
	at += null
	for _, mode := range d.Plan.Scenario.FaultModes {
		w, done := d.Worlds[mode]
		if !done {
			continue
		}
		f := d.Plan.Fault
		inject := at + f.Before.Std()
		remove := inject + f.Duration.Std()
		end := remove + f.After.Std()
		for _, e := range d.Plan.Expect {
			if c, err := plan.ParseCell(e.Cell); err == nil && c.Fault == mode {
				round(e.Cell, at, end, inject, remove, w)
			}
		}
		all = append(all, d.events(mode, inject, remove)...)
		at = end
	}
	slices.SortStableFunc(all, func(a, b line) int { return cmp.Compare(a.at, b.at) })
	return all
}

// normalDays are the cells of the null round.
func (d *Drill) normalDays() []string {
	var all []string
	for _, e := range d.Plan.Expect {
		if c, err := plan.ParseCell(e.Cell); err == nil && !slices.Contains(all, c.NormalDay().String()) {
			all = append(all, c.NormalDay().String())
		}
	}
	return all
}

// events are those of one fault: brackets of 2 and 3 ms around the truth.
func (d *Drill) events(mode string, inject, remove time.Duration) []line {
	var all []line
	for _, e := range []record.Event{
		{Name: record.Inject, Edge: record.Begin, At: record.Millis(inject - 2*time.Millisecond)},
		{Name: record.Inject, Edge: record.End, At: record.Millis(inject + time.Millisecond)},
		{Name: record.Remove, Edge: record.Begin, At: record.Millis(remove - 2*time.Millisecond)},
		{Name: record.Remove, Edge: record.End, At: record.Millis(remove + time.Millisecond)},
	} {
		e.Fault, e.Scenario, e.Mode, e.By = "f-"+mode, d.Plan.Scenario.Fail, mode, "nft"
		if d.Event == nil || d.Event(&e) {
			all = append(all, line{at: e.At.Duration(), event: &e})
		}
	}
	return all
}

// ask is what becomes of a request. One that waits when the fault is removed is answered by r1 then.
func (w *World) ask(s *record.Sample, inject, remove time.Duration) {
	sent := (s.Sched + s.Late).Duration()
	took, place := rtt, "eu-west"
	switch since, after := sent-inject, sent-remove; {
	case since < 0 || after >= 0 && after >= w.Back:
	case after >= 0 && w.Failover == Never:
		place = ""
	case since >= w.Failover:
		place = "eu-north"
	default:
		place = ""
	}
	switch {
	case place != "":
		s.OK, s.Code = true, 200
		s.Dest = record.Dest{Region: place, Cluster: place + "-1", Workload: "pay", TLS: "1.3", Peer: "spiffe://mesh/ns/shop/sa/web"}
		s.Identity = record.Identity{SPIFFE: fmt.Sprintf("spiffe://%s.mesh/ns/shop/sa/pay", place), Root: "sha256:aa"}
		if place == "eu-north" && w.Standby != nil {
			w.Standby(s)
		}
	case w.Hang:
		took, s.Err, s.TLS, s.Attempts = timeout, record.ErrTimeout, record.TLSUnknown, 0
	default:
		took, s.Err, s.TLS, s.Attempts = rtt, record.ErrRefused, record.TLSUnknown, 0
	}
	s.End = record.Millis(sent + took)
	if w.Each != nil && inject != Never {
		w.Each(s.Sched.Duration()-inject, s)
	}
}
