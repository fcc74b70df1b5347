package audit

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/drill/imports/collect"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

// Foreign is a source of another format.
type Foreign struct {
	// Name is that of the file, and Format that of its reader: prometheus, istio-text, k6, …
	Name, Format string
	// Read passes on what the source holds. It may be called twice: where muster recorded nothing itself, the first time shows
	// when the fault was.
	Read func(ctx context.Context, to observe.Sink) (ForeignSummary, error)
}

// ForeignSummary is what became of a source.
type ForeignSummary struct {
	SHA256 string
	Lines  int64
}

// unsynchronised is by how much the times of another source are supposed to be wrong where nobody knows. No verdict rests on them.
const unsynchronised = time.Second

// offered are formats that tell of every request that should have been sent, also of those that were not.
var offered = []string{"k6"}

// readForeign puts the other sources on the run's axis.
func (a *auditor) readForeign(ctx context.Context) error {
	if len(a.in.Foreign) == 0 {
		return nil
	}
	if a.merged == nil {
		anchor, err := a.foreignAnchor(ctx)
		if err != nil {
			return err
		}
		a.merged = &record.Merged{Anchor: anchor}
		a.report.Began = anchor
	}
	cells := make([]string, len(a.plan.Expect))
	for i := range a.plan.Expect {
		cells[i] = a.plan.Expect[i].Cell
	}
	c, err := collect.New(collect.Config{Anchor: a.merged.Anchor, Cells: cells})
	if err != nil {
		return err
	}
	a.others = c
	for _, f := range a.in.Foreign {
		c.Begin(f.Name, f.Format)
		sum, err := f.Read(ctx, c)
		if err != nil {
			return err
		}
		a.report.Sources = append(a.report.Sources, Source{Name: f.Name, Format: f.Format, SHA256: sum.SHA256, Lines: sum.Lines, Complete: true, Notes: []string{}})
		a.merged.Probers = append(a.merged.Probers, record.Part{
			Prober: record.Prober{ID: f.Name, Mode: record.Open}, Complete: true, Bound: a.in.ClockBound, BoundKnown: a.in.ClockBound > 0,
		})
	}
	for _, s := range c.Sources() {
		a.noteForeign(&s)
	}
	return nil
}

// noteForeign tells what of a source was left out.
func (a *auditor) noteForeign(s *collect.Source) {
	i := slices.IndexFunc(a.report.Sources, func(x Source) bool { return x.Name == s.Name && x.Format == s.Origin })
	if i < 0 {
		return
	}
	notes := &a.report.Sources[i].Notes
	for _, n := range s.Notes {
		text := n.Text
		if n.Line > 0 {
			text = fmt.Sprintf("line %d: %s", n.Line, n.Text)
		}
		if n.Lost > 0 {
			text += fmt.Sprintf(" (%d left out)", n.Lost)
		}
		*notes = append(*notes, text)
	}
	if s.Outside > 0 {
		*notes = append(*notes, count(s.Outside, "observation")+" lie outside of the run")
	}
	strangers := s.Unknown
	for _, n := range s.Strangers {
		strangers += n
	}
	if strangers > 0 {
		*notes = append(*notes, count(strangers, "observation")+" are of no expected cell")
	}
}

// eventSink keeps events alone.
type eventSink struct{ events []observe.Event }

func (*eventSink) Request(observe.Request) error { return nil }
func (*eventSink) Count(observe.Count) error     { return nil }
func (*eventSink) State(observe.State) error     { return nil }
func (*eventSink) Missed(observe.Missed) error   { return nil }
func (*eventSink) Note(observe.Note) error       { return nil }
func (s *eventSink) Event(e observe.Event) error {
	s.events = append(s.events, e)
	return nil
}

// foreignAnchor is time zero of a run that muster did not record: well before the first fault that a source tells of.
func (a *auditor) foreignAnchor(ctx context.Context) (time.Time, error) {
	var sink eventSink
	for _, f := range a.in.Foreign {
		if _, err := f.Read(ctx, &sink); err != nil {
			return time.Time{}, err
		}
	}
	var first time.Time
	for _, e := range sink.events {
		if e.Kind == observe.Injected && !e.From.IsZero() && (first.IsZero() || e.From.Before(first)) {
			first = e.From
		}
	}
	if first.IsZero() {
		return first, fmt.Errorf("no source tells when the fault was injected: give a recording of muster, or the journal of what injected it")
	}
	return first.Add(-cmp.Or(a.plan.Fault.Before.Std(), time.Minute)).UTC(), nil
}

// foreignFaults adds the faults that other tools tell of, where muster's own recordings tell of none.
func (a *auditor) foreignFaults() {
	if a.others == nil {
		return
	}
	events := slices.Clone(a.others.Events)
	slices.SortStableFunc(events, func(x, y collect.Event) int { return cmp.Compare(x.Began, y.Began) })
	var injected []measure.Fault
	var names []string
	for _, e := range events {
		if !e.Timed || !e.OK {
			continue
		}
		switch last := len(injected) - 1; {
		case e.Kind == observe.Injected:
			injected = append(injected, measure.Fault{
				ID: e.Name, Scenario: a.plan.Scenario.Fail, By: e.Source, Inject: measure.Bracket{From: e.Began, To: e.Ended},
			})
			names = append(names, strings.ToLower(e.Name+" "+e.Detail))
		case (e.Kind == observe.Removed || e.Kind == observe.RolledBack) && last >= 0 && !injected[last].Removed:
			injected[last].Remove, injected[last].Removed = measure.Bracket{From: e.Began, To: e.Ended}, true
		}
	}
	modes := a.plan.Scenario.FaultModes
	for i := range injected {
		f := &injected[i]
		named := slices.IndexFunc(modes, func(m string) bool { return strings.Contains(names[i], m) })
		switch {
		case named >= 0:
			f.Mode = modes[named]
		case len(injected) == len(modes):
			f.Mode = modes[i]
		default:
			a.doubt(doubtFault, "nothing tells which fault mode %q was", f.ID)
			continue
		}
		if !slices.ContainsFunc(a.faults, func(o measure.Fault) bool { return o.Mode == f.Mode && o.Scenario == f.Scenario }) {
			a.faults = append(a.faults, *f)
		}
	}
	slices.SortStableFunc(a.faults, func(x, y measure.Fault) int { return cmp.Compare(x.Inject.From, y.Inject.From) })
	for _, f := range a.faults {
		if end := a.merged.Anchor.Add(max(f.Inject.To, f.Remove.To)); end.After(a.report.Ended) {
			a.report.Ended = end
		}
	}
}

// round is the part of the axis that belongs to a fault: from the end of the one before to the begin of the next.
func (a *auditor) round(f *measure.Fault) (from, to time.Duration) {
	from, to = max(0, f.Inject.From-max(a.plan.Fault.Before.Std(), time.Minute)), never
	for i := range a.faults {
		o := &a.faults[i]
		switch {
		case o.ID == f.ID && o.Inject == f.Inject:
		case o.Inject.From > f.Inject.From:
			to = min(to, o.Inject.From-min(a.plan.Fault.Before.Std(), (o.Inject.From-f.Inject.To)/2))
		case o.Removed:
			from = max(from, o.Remove.To+a.plan.Fault.After.Std())
		}
	}
	if f.Removed {
		to = min(to, f.Remove.To+max(a.plan.Fault.After.Std(), a.plan.Objectives.Failback.Std(), time.Minute))
	}
	return min(from, f.Inject.From), to
}
