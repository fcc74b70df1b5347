package measure

import (
	"fmt"
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
}

// Faults reads the faults of a run from its events, in the order of their injection. An injection that began and
// never ended is an error, as is a removal without one: nothing can be measured by them.
func Faults(events []record.Event) ([]Fault, error) {
	var all []Fault
	at := map[string]int{}
	open := map[string]bool{} // fault and name of what has begun
	for _, e := range events {
		if e.Name != record.Inject && e.Name != record.Remove {
			continue
		}
		i, known := at[e.Fault]
		key := e.Fault + "\x00" + string(e.Name)
		moment, where := e.At.Duration(), fmt.Sprintf("fault %q: %s %s at %s", e.Fault, e.Name, e.Edge, e.At.Duration())
		if known && all[i].By != e.Prober {
			return nil, fmt.Errorf("%s: prober %s wrote what began with prober %s", where, e.Prober, all[i].By)
		}
		switch {
		case e.Name == record.Inject && e.Edge == record.Begin:
			if known {
				return nil, fmt.Errorf("%s: it was injected before", where)
			}
			at[e.Fault] = len(all)
			all = append(all, Fault{ID: e.Fault, Scenario: e.Scenario, Mode: e.Mode, By: e.Prober, Inject: Bracket{From: moment}})
		case e.Edge == record.End && !open[key]:
			return nil, fmt.Errorf("%s: it never began", where)
		case e.Edge == record.End && moment < all[i].began(e.Name):
			return nil, fmt.Errorf("%s: it ended before it began", where)
		case e.Name == record.Inject:
			all[i].Inject.To = moment
		case e.Edge == record.Begin:
			if !known || open[e.Fault+"\x00"+string(record.Inject)] || all[i].Removed || moment < all[i].Inject.To {
				return nil, fmt.Errorf("%s: there is nothing to remove", where)
			}
			all[i].Remove.From = moment
		default:
			all[i].Remove.To, all[i].Removed = moment, true
		}
		if open[key] = e.Edge == record.Begin; !open[key] {
			delete(open, key)
		}
	}
	for key := range open {
		return nil, fmt.Errorf("fault %q: an injection or a removal began and did not end", key[:len(key)-len("\x00inject")])
	}
	return all, nil
}

// began is when the injection or the removal of a fault began.
func (f *Fault) began(name record.EventName) time.Duration {
	if name == record.Inject {
		return f.Inject.From
	}
	return f.Remove.From
}
