package audit

import (
	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/plan"
)

// Foreign is what a source of another format says. It is an observe.Sink, so that a reader of the format can fill it.
type Foreign struct {
	// Name is that of the file, and Format that of its reader: prometheus, access-log, k6, …
	Name, Format string
	SHA256       string

	Requests []observe.Request
	Counts   []observe.Count
	States   []observe.State
	Events   []observe.Event
	Misses   []observe.Missed
	Notes    []observe.Note
}

// Request takes a request. Like all methods of a Sink here it never fails.
func (f *Foreign) Request(r observe.Request) error {
	f.Requests = append(f.Requests, r)
	return nil
}

// Count takes what a counter gained.
func (f *Foreign) Count(c observe.Count) error {
	f.Counts = append(f.Counts, c)
	return nil
}

// State takes what a proxy thought.
func (f *Foreign) State(s observe.State) error {
	f.States = append(f.States, s)
	return nil
}

// Event takes what a tool did.
func (f *Foreign) Event(e observe.Event) error {
	f.Events = append(f.Events, e)
	return nil
}

// Missed takes what was never sent.
func (f *Foreign) Missed(m observe.Missed) error {
	f.Misses = append(f.Misses, m)
	return nil
}

// Note takes what limits the source.
func (f *Foreign) Note(n observe.Note) error {
	f.Notes = append(f.Notes, n)
	return nil
}

var _ observe.Sink = (*Foreign)(nil)

func (a *auditor) foreign(_ *plan.Expectation, _ *Foreign) {}
