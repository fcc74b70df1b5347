package probe

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/passmuster/muster/drill/record"
)

// Sink takes what was seen; *record.Writer is one. It is called from many goroutines. An error ends the run.
type Sink interface {
	Sample(record.Sample) error
	Drop(record.Drop) error
}

// Options of a run.
type Options struct {
	// Anchor is time zero of all samples, with its monotonic reading; zero = the moment of the call.
	Anchor time.Time
	// Ticks ends the run after so many of each target; 0 = when the context ends.
	Ticks int64

	// Wait waits until a moment that is so far away, or the context ends; nil = as precisely as the host can. ByTimer is
	// enough below some fifty requests a second, and the one for clocks of tests.
	Wait func(ctx context.Context, until func() time.Duration) error
}

// Run asks all targets on their schedules until the context ends, then waits for the answers that are still
// due, which takes no longer than their timeouts. Targets with the same interval are asked in turn, not at once.
func Run(ctx context.Context, targets []Target, sink Sink, opts Options) error {
	if opts.Anchor.IsZero() {
		opts.Anchor = time.Now()
	}
	if opts.Wait == nil {
		opts.Wait = wait
	}
	var all []*schedule
	defer func() {
		for _, s := range all {
			s.asker.close()
		}
	}()
	for i, t := range targets {
		if err := t.Check(); err != nil {
			return fmt.Errorf("target %d (%s): %w", i+1, t.Cell, err)
		}
		a, err := newAsker(&t)
		if err != nil {
			return fmt.Errorf("target %d (%s): %w", i+1, t.Cell, err)
		}
		all = append(all, &schedule{Target: t, asker: a, sink: sink, opts: opts, phase: t.Every * time.Duration(i) / time.Duration(len(targets))})
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	start := time.Since(opts.Anchor)
	var wg sync.WaitGroup
	for _, s := range all {
		s.stop, s.begin = stop, start+s.phase
		wg.Go(func() { s.run(ctx) })
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		if failed, ok := errors.AsType[*sinkError](err); ok {
			return failed.err
		}
	}
	return nil
}

// sinkError ends a run: what cannot be recorded is not worth asking.
type sinkError struct{ err error }

func (e *sinkError) Error() string { return e.err.Error() }

// schedule is one target on its way through time.
type schedule struct {
	Target
	asker asker
	sink  Sink
	opts  Options
	stop  context.CancelCauseFunc
	phase time.Duration
	begin time.Duration // of tick 0, since the anchor
	row   record.Drop   // drops that are not yet told
}

func (s *schedule) now() time.Duration           { return time.Since(s.opts.Anchor) }
func (s *schedule) due(tick int64) time.Duration { return s.begin + time.Duration(tick)*s.Every }

func (s *schedule) run(ctx context.Context) {
	var wg sync.WaitGroup
	free := make(chan struct{}, s.MaxInFlight)
	// Requests outlive the end of the schedule: those in flight are answered, or not, as all others.
	asking := context.WithoutCancel(ctx)
	for tick := int64(0); s.opts.Ticks == 0 || tick < s.opts.Ticks; tick++ {
		due := s.due(tick)
		if s.opts.Wait(ctx, func() time.Duration { return due - s.now() }) != nil {
			break
		}
		if s.now()-due > s.Timeout {
			s.drop(tick, record.DropLate)
			continue
		}
		select {
		case free <- struct{}{}:
			s.tell()
			wg.Go(func() { s.ask(asking, tick, due, free) })
		default:
			s.drop(tick, record.DropLimit)
		}
	}
	s.tell()
	wg.Wait()
}

// ask sends one request and records what became of it.
func (s *schedule) ask(ctx context.Context, tick int64, due time.Duration, free <-chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	sample := record.Sample{Tick: tick, Sched: record.Millis(due), Cell: s.Cell, Source: s.Source, Protocol: string(s.Protocol), TLS: record.TLSUnknown}
	sent := s.now()
	s.asker.ask(ctx, &sample)
	end := s.now()
	cancel()
	<-free
	sample.Late, sample.End = record.Millis(max(sent-due, 0)), record.Millis(max(end, sent, due))
	s.failed(s.sink.Sample(sample))
}

// drop notes a tick without a request; rows of them become one line, at least each second.
func (s *schedule) drop(tick int64, why record.DropReason) {
	if s.row.Count > 0 && s.row.Why == why && time.Duration(s.row.Count)*s.Every < time.Second {
		s.row.Count++
		return
	}
	s.tell()
	s.row = record.Drop{Tick: tick, Count: 1, Sched: record.Millis(s.due(tick)), Every: record.Millis(s.Every), Cell: s.Cell, Why: why}
}

func (s *schedule) tell() {
	if s.row.Count > 0 {
		s.failed(s.sink.Drop(s.row))
		s.row = record.Drop{}
	}
}

func (s *schedule) failed(err error) {
	if err != nil {
		s.stop(&sinkError{err})
	}
}

// ByTimer waits with the precision of the runtime's timers, about a millisecond.
func ByTimer(ctx context.Context, until func() time.Duration) error {
	d := until()
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
