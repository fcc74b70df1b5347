package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/passmuster/muster/drill/record"
)

// Result is what a run has recorded.
type Result struct {
	Done []string // rounds that came to their end
	Head string   // of the record, for whoever signs it
}

// Do drills. It returns an *Aborted when the drill was ended before its end, beside the context's error if that was why. The record is
// closed in any case.
func (d *Drill) Do(ctx context.Context) (res Result, err error) {
	if err := d.open(ctx); err != nil {
		return res, err
	}
	defer func() {
		head, closing := d.close()
		res.Head, err = head, errors.Join(err, closing)
	}()
	if d.o.Follow != nil {
		return res, d.follow(ctx, &res)
	}
	if !d.o.deaf {
		hear, err := listen(d.Dir, d.control)
		if err != nil {
			return res, err
		}
		defer hear()
	}
	defer func() { d.dismiss(err != nil) }()
	if err := d.meet(ctx); err != nil {
		return res, err
	}
	if err := d.cleanUp(ctx); err != nil {
		return res, err
	}
	for i := range d.Rounds {
		r := &d.Rounds[i]
		d.live.enter(r, i+1)
		d.announce(r.Name)
		if err := d.one(ctx, r); err != nil {
			return res, err
		}
		res.Done = append(res.Done, r.Name)
	}
	d.live.at(PhaseDone, 0)
	return res, nil
}

// open makes the folder and begins the record.
func (d *Drill) open(ctx context.Context) error {
	if err := os.MkdirAll(d.Dir, 0o755); err != nil {
		return err
	}
	if err := d.keepPlan(); err != nil {
		return err
	}
	if err := d.keepNull(); err != nil {
		return err
	}
	prober := d.o.Prober
	prober.ID, prober.Mode = numbered(prober.ID, d.past.files+1), record.Open
	d.anchor = time.Now()
	h := record.Header{Run: d.Run, PlanDigest: d.digest, ConfigDigest: d.o.Plan.Config.Digest, Prober: prober, WallAnchor: d.anchor, Continues: d.past.head}
	switch {
	case d.o.Serve != nil:
		h.Clock = &record.Clock{Source: "reference"}
	case d.o.Follow != nil:
		c, err := d.o.Follow.compare(ctx, d.anchor)
		if err != nil {
			return err
		}
		h.Clock = &c
	}
	w, err := record.Create(d.File, h, record.SyncFlushed)
	if err != nil {
		return err
	}
	d.writer = w
	d.live.start(d.since, len(d.Rounds), d.o.Plan.Objectives.RTO.Std(), d.place)
	d.sink = &sink{to: w, guard: d.guard, clock: func() record.Millis { return record.Millis(d.since()) }, fail: func(err error) { d.fail(err) },
		also: func(s *record.Sample, drop *record.Drop) {
			d.live.take(s, drop)
			if s != nil {
				d.normal.sample(s)
			} else {
				d.normal.drop(drop)
			}
		}}
	d.sink.start()
	for _, text := range d.Notes {
		if err := d.note("%s", text); err != nil {
			return err
		}
	}
	for _, u := range d.Unprobed {
		if err := d.note("not probed: %s: %s", u.Cell, u.Why); err != nil {
			return err
		}
	}
	return nil
}

// keepPlan writes the plan as it is drilled beside what is recorded.
func (d *Drill) keepPlan() error {
	text, err := os.ReadFile(d.o.PlanPath)
	if err != nil {
		return &Unreadable{err}
	}
	return keep(filepath.Join(d.Dir, "plan.yaml"), text)
}

// keepNull copies the null round that stands in for this run's.
func (d *Drill) keepNull() error {
	if d.o.NullRecord == "" {
		return nil
	}
	in, err := os.Open(d.o.NullRecord)
	if err != nil {
		return &Unreadable{err}
	}
	defer in.Close()
	out, err := os.Create(filepath.Join(d.Dir, "null-"+d.o.Prober.ID+".ndjson"))
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// keep writes a file that may be there already, if it says the same.
func keep(path string, text []byte) error {
	there, err := os.ReadFile(path)
	switch {
	case os.IsNotExist(err):
		return os.WriteFile(path, text, 0o644)
	case err != nil:
		return err
	case string(there) != string(text):
		// The digest is the same: approvals or follow-ups were added. What was drilled first stays.
		return nil
	}
	return nil
}

func (d *Drill) close() (head string, err error) {
	d.sink.close()
	if d.o.Serve != nil {
		err = d.writer.Clock(record.Clock{At: record.Millis(d.since()), Source: "reference"})
	}
	head, closing := d.writer.Close()
	if err = errors.Join(err, closing); err != nil {
		err = fmt.Errorf("the record is not complete: %w", err)
	}
	return head, err
}

// fail ends the round that runs because it cannot be recorded.
func (d *Drill) fail(err error) { d.end(fmt.Errorf("what was seen could not be recorded: %w", err)) }
