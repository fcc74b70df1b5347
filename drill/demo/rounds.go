package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/probe"
	"github.com/passmuster/muster/drill/record"
)

// Drill goes through the rounds of a plan: the normal day, then each fault, with the first region whole again before each. tell is told
// what happens; nil = nobody is.
func (w *World) Drill(ctx context.Context, p *plan.Plan, t Timing, rec *record.Writer, anchor time.Time, tell func(string)) error {
	if tell == nil {
		tell = func(string) {}
	}
	first, err := plan.ParseCell(p.Expect[0].Cell)
	if err != nil {
		return err
	}
	if err := w.settle(ctx, p); err != nil {
		return err
	}
	tell("normal day")
	if err := w.round(ctx, p, first.NormalDay().String(), rec, anchor, func(ctx context.Context) error { return sleep(ctx, t.Null) }); err != nil {
		return err
	}
	for i, e := range p.Expect {
		mode := failover.Fault(p.Scenario.FaultModes[i])
		if err := w.settle(ctx, p); err != nil {
			return err
		}
		err := w.round(ctx, p, e.Cell, rec, anchor, func(ctx context.Context) error {
			fault := record.Event{Fault: fmt.Sprintf("f%d", i+1), Scenario: p.Scenario.Fail, Mode: string(mode), By: "drill demo"}
			if err := sleep(ctx, t.Before); err != nil {
				return err
			}
			tell("inject " + string(mode))
			if err := bracket(rec, anchor, fault, record.Inject, func() error { return w.Inject(ctx, mode) }); err != nil {
				return err
			}
			held := sleep(ctx, t.Hold)
			tell("remove " + string(mode))
			// It is taken back in any case.
			if err := bracket(rec, anchor, fault, record.Remove, func() error { return w.Remove(context.WithoutCancel(ctx), mode) }); err != nil {
				return err
			}
			if held != nil {
				return held
			}
			return sleep(ctx, t.After)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// bracket writes when something began and when it had ended.
func bracket(rec *record.Writer, anchor time.Time, e record.Event, name record.EventName, do func() error) error {
	e.Name, e.Edge, e.At = name, record.Begin, record.Millis(time.Since(anchor))
	if err := rec.Event(e); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	e.Edge, e.At = record.End, record.Millis(time.Since(anchor))
	return rec.Event(e)
}

// round probes while something happens.
func (w *World) round(ctx context.Context, p *plan.Plan, cell string, rec probe.Sink, anchor time.Time, happens func(context.Context) error) error {
	target, err := w.target(p, cell)
	if err != nil {
		return err
	}
	asking, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- probe.Run(asking, []probe.Target{target}, rec, probe.Options{Anchor: anchor}) }()
	err = happens(ctx)
	cancel()
	return errors.Join(err, <-done)
}

// target is the plan's probe for one cell.
func (w *World) target(p *plan.Plan, cell string) (probe.Target, error) {
	of := p.Probes[0]
	u, err := url.Parse(of.Target)
	if err != nil {
		return probe.Target{}, fmt.Errorf("the probe has no address: %w", err)
	}
	pool, err := roots(filepath.Join(w.Dir, of.TLS.CA))
	if err != nil {
		return probe.Target{}, err
	}
	return probe.Target{Cell: cell, Source: of.Source, Protocol: probe.Protocol(of.Protocol), Address: u.Host, Host: of.TLS.ServerName, Path: u.Path,
		Statuses: []int{http.StatusOK}, Echo: probe.Echo{Region: of.Echo.Region, TLS: of.Echo.TLS, Peer: of.Echo.Peer},
		TLS:   &probe.TLS{ServerName: of.TLS.ServerName, Roots: pool, Verify: probe.VerifyName},
		Every: time.Duration(float64(time.Second) / of.Rate), Timeout: of.Timeout.Std(), Keep: true}, nil
}

// settleWait bounds how long the first region may take to answer again before a round begins.
const settleWait = 40 * time.Second

// settle waits until the service answers from its first region for a second.
func (w *World) settle(ctx context.Context, p *plan.Plan) error {
	ctx, cancel := context.WithTimeout(ctx, settleWait)
	defer cancel()
	target, err := w.target(p, "settling")
	if err != nil {
		return err
	}
	target.Every = 50 * time.Millisecond
	s := &settling{want: w.Regions[0], enough: cancel}
	err = probe.Run(ctx, []probe.Target{target}, s, probe.Options{Wait: probe.ByTimer})
	if s.reached() {
		return nil
	}
	if err == nil {
		err = context.Cause(ctx)
	}
	return fmt.Errorf("%s does not answer before the round: %w", w.Regions[0], err)
}

// sleep waits, or ends with the context.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
