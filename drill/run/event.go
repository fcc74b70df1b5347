package run

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/passmuster/muster/drill/record"
)

// Aborted is a drill that was ended before its end.
type Aborted struct {
	Why string
	// Holds: the fault could not be removed, or nobody told that it was.
	Holds error
	cause error
}

func (e *Aborted) Unwrap() error { return e.cause }

func (e *Aborted) Error() string {
	text := "the drill was aborted: " + e.Why
	if e.Holds != nil {
		text += "\nTHE FAULT MAY STILL HOLD: " + e.Holds.Error()
	}
	return text
}

// condition is why the round that runs must end.
type condition struct{ why string }

func (e *condition) Error() string { return e.why }

// running says which round runs, and how it is ended; nil = none.
func (d *Drill) running(r *Round, stop context.CancelCauseFunc) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.round, d.stop = r, stop
	if stop != nil && d.early != nil {
		stop(d.early)
	}
}

// end ends the round that runs, or that comes next.
func (d *Drill) end(why error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stop == nil {
		d.early = why
		return
	}
	d.stop(why)
}

func (d *Drill) abortWith(why string) { d.end(&condition{why}) }

// since is the time since the anchor.
func (d *Drill) since() time.Duration { return time.Since(d.anchor) }

// event records something that happens now.
func (d *Drill) event(e record.Event) error {
	e.At = record.Millis(d.since())
	return d.writer.Event(e)
}

func (d *Drill) note(format string, args ...any) error {
	text := record.Clip(fmt.Sprintf(format, args...), record.MaxText)
	d.live.say("%s", text)
	return d.event(record.Event{Name: record.Note, Detail: text})
}

// tell records what a person or a script tells.
func (d *Drill) tell(e record.Event) error {
	d.mu.Lock()
	r := d.round
	d.mu.Unlock()
	if r != nil && e.Name == record.Failback {
		e.Fault, e.Scenario, e.Mode = d.fault(r), r.Scenario, r.Mode
	}
	d.live.say("%s %s %s", e.Name, e.Edge, e.Detail)
	return d.event(e)
}

// fault is the id of a round's fault.
func (d *Drill) fault(r *Round) string { return r.Mode + d.suffix }

// place names who answered, as the expectations of its cell do.
func (d *Drill) place(s *record.Sample) string {
	if e := d.places[s.Cell]; e != nil {
		return e.Place(s.Dest)
	}
	return cmp.Or(s.Dest.Region, s.Dest.Cluster, s.Dest.Zone, s.Dest.Workload)
}

// Tell takes what somebody at the terminal says.
func (d *Drill) Tell(m Mark) error { return d.control.mark(m) }

// Next tells what the drill waits for, if it waits for something.
func (d *Drill) Next() {
	if name, edge, ok := d.control.next(); ok {
		_ = d.control.mark(Mark{Name: name, Edge: edge}) // if it cannot be recorded, the drill ends for that
	}
}
