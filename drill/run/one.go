package run

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/passmuster/muster/drill/probe"
	"github.com/passmuster/muster/drill/record"
)

// one drills a round. Requests go on until the fault is removed, whatever ends the round.
func (d *Drill) one(ctx context.Context, r *Round) error {
	if i := d.o.Injector; i != nil {
		if err := i.Ready(ctx); err != nil {
			return fmt.Errorf("round %s cannot begin: %w", r.Name, err)
		}
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	d.running(r, stop)
	defer d.running(nil, nil)
	e := record.Event{Name: record.Round, Edge: record.Begin, Fault: r.Name, Scenario: r.Scenario, Mode: r.Mode}
	if err := d.event(e); err != nil {
		return err
	}
	asking, quiet := context.WithCancel(context.WithoutCancel(ctx))
	defer quiet()
	var others sync.WaitGroup
	others.Go(func() { d.watch(asking) })
	others.Go(func() {
		if err := d.ask(asking, r); err != nil {
			d.fail(err)
		}
	})
	err, held := d.phases(ctx, r)
	quiet()
	others.Wait() // and the answers that are still due
	d.sink.flush()
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err == nil && r.Null {
		err = d.judgeNull()
	}
	e.Edge = record.End
	if err == nil && held == nil {
		return d.event(e)
	}
	if err == nil {
		err = errors.New("the fault was not removed")
	}
	aborted := &Aborted{Why: err.Error(), Holds: held, cause: err}
	d.live.say("%s", aborted.Error())
	a := record.Event{Name: record.Abort, Scenario: r.Scenario, Mode: r.Mode, Detail: record.Clip(aborted.Why, record.MaxText)}
	if !r.Null {
		a.Fault = d.fault(r)
	}
	e.Failed = true
	return errors.Join(aborted, d.event(a), d.event(e))
}

// ask sends the requests of a round until the context ends.
func (d *Drill) ask(ctx context.Context, r *Round) error {
	var targets []probe.Target
	for i := range d.asked {
		if cell := d.asked[i].cell(r); cell != "" {
			t := d.targets[i]
			t.Cell = cell
			targets = append(targets, t)
		}
	}
	return probe.Run(ctx, targets, d.sink, probe.Options{Anchor: d.anchor, Wait: d.o.wait})
}

// watch ends the round when a condition of the plan is met.
func (d *Drill) watch(ctx context.Context) {
	for wait(ctx, watchEvery) == nil {
		if why := d.guard.met(d.since()); why != "" {
			d.abortWith(why)
			return
		}
	}
}

// hold lets a phase last.
func (d *Drill) hold(ctx context.Context, p Phase, lasts time.Duration) error {
	d.live.at(p, lasts)
	return wait(ctx, lasts)
}

// phases of a round. Once an injection has begun, the removal is tried whatever happens: held is why it could not be.
func (d *Drill) phases(ctx context.Context, r *Round) (err, held error) {
	if r.Null {
		return d.hold(ctx, PhaseNull, r.Hold), nil
	}
	if err := d.hold(ctx, PhaseBefore, r.Before); err != nil {
		return err, nil
	}
	d.live.at(PhaseInject, 0)
	begun, err := d.act(ctx, record.Inject, r)
	if err == nil {
		err = d.hold(ctx, PhaseFault, r.Hold)
	}
	if begun {
		held = d.remove(ctx, r)
	}
	if err != nil || held != nil {
		return err, held
	}
	return d.hold(ctx, PhaseAfter, r.After), nil
}

// remove takes the fault back, whether or not the drill goes on.
func (d *Drill) remove(ctx context.Context, r *Round) error {
	d.live.at(PhaseRemove, 0)
	removing := context.WithoutCancel(ctx)
	if ctx.Err() != nil && d.o.AbortWait > 0 {
		var cancel context.CancelFunc
		removing, cancel = context.WithTimeoutCause(removing, d.o.AbortWait, fmt.Errorf("nobody told within %s that it was removed", d.o.AbortWait))
		defer cancel()
	}
	_, err := d.act(removing, record.Remove, r)
	if err == nil {
		d.live.faulty(0)
		return nil
	}
	return errors.Join(err, d.note("the fault may still hold: %v", err))
}

// act has a fault injected or removed, and records when that began and ended. begun: something may have changed.
func (d *Drill) act(ctx context.Context, name record.EventName, r *Round) (begun bool, err error) {
	e := record.Event{Name: name, Fault: d.fault(r), Scenario: r.Scenario, Mode: r.Mode, By: d.driver.by()}
	var ended bool
	begin := func() error {
		begun = true
		if name == record.Inject {
			d.live.faulty(d.since())
		}
		e.Edge = record.Begin
		return d.event(e)
	}
	end := func() error {
		ended = true
		e.Edge = record.End
		return d.event(e)
	}
	err = d.driver.act(ctx, name, r, begin, end)
	if err == nil || ended || !begun {
		return begun, err
	}
	e.Edge, e.Failed, e.Detail = record.End, true, record.Clip(err.Error(), record.MaxText)
	return begun, errors.Join(fmt.Errorf("%s %s: %w", name, r.Mode, err), d.event(e))
}

// judgeNull ends a run whose null round is not clean.
func (d *Drill) judgeNull() error {
	faults, sent := d.normal.faults()
	if len(faults) == 0 {
		return d.note("the null round is clean: %d requests", sent)
	}
	return errors.New("the null round is not clean: " + strings.Join(faults, "; "))
}

// cleanUp removes what an interrupted run has left.
func (d *Drill) cleanUp(ctx context.Context) error {
	r := d.past.left
	if r == nil {
		return nil
	}
	d.live.enter(r, 0)
	if err := d.note("the run was interrupted while %s (%s) held, or may have: it is removed first", r.Scenario, r.Mode); err != nil {
		return err
	}
	d.live.at(PhaseRemove, 0)
	nothing := func() error { return nil }
	if err := d.driver.act(ctx, record.Remove, r, nothing, nothing); err != nil {
		return errors.Join(&Aborted{Why: "what the interrupted run left could not be removed", Holds: err}, d.note("it was not removed: %v", err))
	}
	return d.event(record.Event{Name: record.Note, By: cleanup, Fault: r.Mode, Detail: "removed what the interrupted run left"})
}
