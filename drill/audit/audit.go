package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/passmuster/muster/drill/imports/collect"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
	"github.com/passmuster/muster/report"
)

// Input is what an audit holds against each other.
type Input struct {
	Plan *plan.Plan
	// Files are native recordings of one run.
	Files []File
	// Null are recordings of earlier runs of this plan, of which the null round stands in where this run has none.
	Null []File
	// Foreign are other sources of the same run.
	Foreign []Foreign
	// Today is what is predicted from the configuration as it is now; nil = nobody asked.
	Today *Today
	// Live are comparisons of what proxies held with what was scanned.
	Live []Live
	// Previous are reports of earlier runs of this plan: how much a drill proves depends on how many there were.
	Previous []*Report
	// ClockBound is by how much the clocks of the other sources may differ from the prober's; 0 = nobody knows.
	ClockBound time.Duration
	// Now is when the audit is made, for the age of evidence; zero = it does not matter.
	Now time.Time
	// Tool is the version of muster.
	Tool string
}

// File is one recording.
type File struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// Today is the configuration as it is now.
type Today struct {
	// Digest is that of the inputs (plan.Config.Digest).
	Digest string
	// Predictions are the digests of what is predicted today, by cell (plan.Expectation.Prediction). A cell without one is
	// not predicted any more.
	Predictions map[string]string
}

// Live is what a proxy held, compared with what was scanned.
type Live struct {
	Source string // file or proxy
	// Digest of it, if it can be held against plan.Config.Digest.
	Digest string
	// Differs says in a sentence each how it differs from the scanned configuration; empty = it does not.
	Differs []string
}

// Audit holds what was seen against the plan. Recordings that end early, or of which a line was changed, are no error: they
// are evidence with a doubt, and no verdict rests on them. Recordings of several runs, or of another plan's run, are.
func Audit(ctx context.Context, in Input) (*Report, error) {
	if in.Plan == nil {
		return nil, errors.New("an audit needs a plan")
	}
	digest, err := in.Plan.Digest()
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(in.Plan.Expect))
	for i := range in.Plan.Expect {
		c, err := plan.ParseCell(in.Plan.Expect[i].Cell)
		if err != nil {
			return nil, fmt.Errorf("expect[%d]: %w", i, err)
		}
		ids[i] = c.Service
	}
	a := &auditor{in: in, plan: in.Plan, name: report.ShortNames(ids), report: &Report{
		APIVersion: APIVersion, Kind: Kind, Tool: in.Tool, PlanDigest: digest, ConfigDigest: in.Plan.Config.Digest, Plan: in.Plan,
		Reasons: []string{}, Cells: []Cell{}, Drift: []Drift{}, Doubts: []Doubt{}, Faults: []Fault{}, Sources: []Source{},
	}}
	if err := a.read(ctx); err != nil {
		return nil, err
	}
	if err := a.readForeign(ctx); err != nil {
		return nil, err
	}
	a.findFaults()
	if err := a.cells(ctx); err != nil {
		return nil, err
	}
	a.together()
	a.coverage()
	a.configuration()
	a.rollback()
	a.judge()
	a.agreement()
	a.statistics()
	a.finish()
	return a.report, nil
}

// auditor is one audit at work.
type auditor struct {
	in     Input
	plan   *plan.Plan
	name   func(service string) string
	report *Report

	merged  *record.Merged     // nil = there is no source
	others  *collect.Collector // nil = there are no foreign sources
	views   []measure.View
	normal  []measure.View    // of null rounds of earlier runs
	file    map[string]string // by prober
	faults  []measure.Fault
	seen    []*seen
	covered map[string]bool // expected cells with evidence
	// broken: a recording was changed after it was written. Nothing is proven then.
	broken bool
}

// doubt is one about the whole run.
func (a *auditor) doubt(kind measure.DoubtKind, format string, args ...any) {
	a.report.Doubts = append(a.report.Doubts, Doubt{string(kind), fmt.Sprintf(format, args...)})
}

// Doubts about a run, beside those of measure.
const (
	doubtBroken measure.DoubtKind = "changed"  // a line was changed after it was written
	doubtFault  measure.DoubtKind = "fault"    // nobody knows when the fault began or ended
	doubtPlan   measure.DoubtKind = "plan"     // another version of the plan was drilled
	doubtRate   measure.DoubtKind = "rate"     // too few requests for the objective
	doubtForm   measure.DoubtKind = "arrivals" // a source that cannot tell what was not sent
)

// findFaults reads the faults from the events.
func (a *auditor) findFaults() {
	if a.merged == nil {
		return
	}
	faults, err := measure.Faults(a.merged.Events)
	if err != nil {
		a.doubt(doubtFault, "the fault's times are not whole: %s", joined(err))
	}
	a.faults = append(a.faults, faults...)
	a.foreignFaults()
	for _, f := range a.faults {
		out := Fault{ID: f.ID, Scenario: f.Scenario, Mode: f.Mode, Inject: bracket(f.Inject)}
		if f.Removed {
			remove := bracket(f.Remove)
			out.Remove = &remove
		}
		a.report.Faults = append(a.report.Faults, out)
	}
}

// faultOf finds the fault that a cell speaks of: the last of its scenario and mode.
func (a *auditor) faultOf(c plan.Cell) (measure.Fault, bool) {
	for _, f := range slices.Backward(a.faults) {
		if (f.Scenario == "" || f.Scenario == c.Scenario) && (f.Mode == "" || f.Mode == c.Fault) {
			return f, true
		}
	}
	return measure.Fault{}, false
}

// cells measures each view of each expected cell.
func (a *auditor) cells(ctx context.Context) error {
	a.covered = map[string]bool{}
	for i := range a.plan.Expect {
		e := &a.plan.Expect[i]
		for v := range a.views {
			if a.views[v].Cell != e.Cell || len(a.views[v].Requests) == 0 {
				continue
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			a.view(e, &a.views[v])
		}
		if err := a.foreign(e); err != nil {
			return err
		}
	}
	return nil
}

// finish sorts what has no order of its own.
func (a *auditor) finish() {
	r := a.report
	for _, s := range a.seen {
		order(s.cell.Drift)
		r.Cells = append(r.Cells, *s.cell)
	}
	order(r.Drift)
	slices.SortStableFunc(r.Cells, func(x, y Cell) int {
		return cmp.Or(cmp.Compare(x.Cell, y.Cell), cmp.Compare(x.Prober, y.Prober), cmp.Compare(x.Origin, y.Origin))
	})
	slices.SortStableFunc(r.Sources, func(x, y Source) int { return cmp.Compare(x.Name, y.Name) })
}

var severities = []Severity{Critical, High, Medium, Low}

// order is the most severe first, then by class.
func order(all []Drift) {
	slices.SortStableFunc(all, func(x, y Drift) int {
		return cmp.Or(cmp.Compare(slices.Index(severities, x.Severity), slices.Index(severities, y.Severity)),
			cmp.Compare(x.Class, y.Class), cmp.Compare(x.Cell, y.Cell), cmp.Compare(x.Message, y.Message))
	})
}
