package demo

import (
	"context"
	"fmt"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
)

// Outcome is a drill from the prediction to the comparison.
type Outcome struct {
	Plan  *plan.Plan
	Cells []*failover.Cell // as they were predicted, in the order of the plan
	// Recording is what the prober saw, and File where it stands.
	Recording *record.Recording
	File      string
	Compared  []Comparison
	// Left is why fault modes are left out; nil = none is.
	Left error
}

// Run starts a world, predicts, drills and compares.
func Run(ctx context.Context, o Options, predict Predictor, t Timing, version string, tell func(string)) (*Outcome, error) {
	w, err := Start(ctx, o)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	modes, left := w.Modes()
	if o.Only != nil {
		modes, left = o.Only, nil
	}
	out := &Outcome{File: w.RecordFile(), Left: left}
	if out.Plan, out.Cells, err = w.Plan(ctx, predict, modes, t); err != nil {
		return nil, err
	}
	rec, anchor, err := w.Record(out.Plan, "demo", version, t)
	if err != nil {
		return nil, err
	}
	if err := w.Drill(ctx, out.Plan, t, rec, anchor, tell); err != nil {
		_, _ = rec.Close() // the drill failed already
		return nil, err
	}
	if _, err := rec.Close(); err != nil {
		return nil, fmt.Errorf("the record is not complete: %w", err)
	}
	if out.Recording, err = record.ReadFile(out.File); err != nil {
		return nil, err
	}
	out.Compared, err = Compare(out.Plan, out.Recording)
	return out, err
}
