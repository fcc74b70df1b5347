package measure

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/passmuster/muster/drill/record"
)

// Bracket is a moment of which only this is known: it is not before From and not after To.
type Bracket struct {
	From, To time.Duration
}

func (b Bracket) width() time.Duration { return b.To - b.From }

// Fault is one fault of a drill, with the brackets of its begin and its end.
type Fault struct {
	ID       string
	Scenario string
	Mode     string
	By       string // the prober in whose record it stands: its clock is the one that the times are of
	Inject   Bracket
	Remove   Bracket
	Removed  bool // false = not within the recording; Remove is then meaningless
	// Failed: its injection or its removal did not do what it should, and was not repeated. Nobody knows when the fault held.
	Failed bool
}

// Faults reads the faults of a run from its events, in the order of their injection. An injection that began and
// never ended is an error, as is a removal without one: nothing can be measured by them. The faults that are whole come
// with the error.
func Faults(events []record.Event) ([]Fault, error) {
	r := faultReader{at: map[string]int{}, open: map[string]record.EventName{}, broken: map[string]error{}}
	for _, e := range events {
		if e.Name != record.Inject && e.Name != record.Remove || r.broken[e.Fault] != nil {
			continue
		}
		if err := r.event(e); err != nil {
			r.broken[e.Fault] = fmt.Errorf("fault %q: %s %s at %s: %w", e.Fault, e.Name, e.Edge, e.At.Duration(), err)
		}
	}
	for id, name := range r.open {
		if r.broken[id] == nil {
			r.broken[id] = fmt.Errorf("fault %q: %s began and did not end", id, name)
		}
	}
	var whole []Fault
	for _, f := range r.all {
		if r.broken[f.ID] == nil {
			whole = append(whole, f)
		}
	}
	var all []error
	for _, id := range slices.Sorted(maps.Keys(r.broken)) {
		all = append(all, r.broken[id])
	}
	return whole, errors.Join(all...)
}

type faultReader struct {
	all    []Fault
	at     map[string]int
	open   map[string]record.EventName // what has begun, by fault
	broken map[string]error
}

func (r *faultReader) event(e record.Event) error {
	moment := e.At.Duration()
	i, known := r.at[e.Fault]
	if known && r.all[i].By != e.Prober {
		return fmt.Errorf("prober %s wrote what began with prober %s", e.Prober, r.all[i].By)
	}
	if e.Edge == record.End {
		switch {
		case r.open[e.Fault] != e.Name:
			return errors.New("it never began")
		case moment < r.all[i].began(e.Name):
			return errors.New("it ended before it began")
		case e.Name == record.Inject:
			r.all[i].Inject.To, r.all[i].Failed = moment, e.Failed
		case e.Failed:
			r.all[i].Failed = true
		default:
			r.all[i].Remove.To, r.all[i].Removed = moment, true
		}
		delete(r.open, e.Fault)
		return nil
	}
	// What is repeated because it failed has one bracket, of all attempts.
	again := known && r.all[i].Failed && r.open[e.Fault] == "" && !r.all[i].Removed
	switch {
	case again && e.Name == record.Inject && r.all[i].Remove == (Bracket{}), again && e.Name == record.Remove && r.all[i].Remove.From > 0:
		r.all[i].Failed = false
	case e.Name == record.Inject:
		if known {
			return errors.New("it was injected before")
		}
		r.at[e.Fault] = len(r.all)
		r.all = append(r.all, Fault{ID: e.Fault, Scenario: e.Scenario, Mode: e.Mode, By: e.Prober, Inject: Bracket{From: moment}})
	default:
		if !known || r.open[e.Fault] != "" || r.all[i].Removed || moment < r.all[i].Inject.To {
			return errors.New("there is nothing to remove")
		}
		r.all[i].Remove.From = moment
	}
	r.open[e.Fault] = e.Name
	return nil
}

// began is when the injection or the removal of a fault began.
func (f *Fault) began(name record.EventName) time.Duration {
	if name == record.Inject {
		return f.Inject.From
	}
	return f.Remove.From
}
