package demo

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
	"github.com/passmuster/muster/drill/run"
)

// Outcome is a drill from the prediction to the audit.
type Outcome struct {
	Plan *plan.Plan
	// Dir is the folder of the run, as muster drill run writes it.
	Dir    string
	Report *audit.Report
	// Left is why fault modes are left out; nil = none is.
	Left error
}

// Run starts a world, predicts, drills and audits: the prediction is that of muster matrix, the plan that of muster drill plan, the
// run that of muster drill run, and the audit that of muster drill audit.
func Run(ctx context.Context, o Options, predict Predictor, t Timing, version string) (*Outcome, error) {
	w, err := Start(ctx, o)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	modes, left := w.Modes()
	if o.Only != nil {
		modes, left = o.Only, nil
	}
	out := &Outcome{Dir: filepath.Join(w.Dir, "run"), Left: left}
	if out.Plan, err = w.Plan(ctx, predict, modes, t); err != nil {
		return nil, err
	}
	path := filepath.Join(w.Dir, "plan.yaml")
	if err := write(path, out.Plan); err != nil {
		return nil, err
	}
	if out.Plan, err = plan.Load(path); err != nil { // as whoever drills a plan reads it
		return nil, fmt.Errorf("the plan is not readable: %w", err)
	}
	d, err := run.Prepare(run.Options{Plan: out.Plan, PlanPath: path, Dir: out.Dir, Prober: record.Prober{ID: "p1", Region: caller, Version: version, Mode: record.Open},
		Injector: w, NullFor: t.Null, Unapproved: true})
	if err != nil {
		return nil, fmt.Errorf("the drill cannot begin: %w", err)
	}
	if _, err := d.Do(ctx); err != nil {
		return nil, err
	}
	out.Report, err = audit.Audit(ctx, audit.Input{Plan: out.Plan, Tool: version,
		Files: []audit.File{{Name: filepath.Base(d.File), Open: func() (io.ReadCloser, error) { return os.Open(d.File) }}}})
	return out, err
}

func write(path string, p *plan.Plan) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("cannot write the plan: %w", err)
	}
	if err := plan.Write(f, p); err != nil {
		_ = f.Close() // it is of no use
		return fmt.Errorf("cannot write the plan: %w", err)
	}
	return f.Close()
}
