package drilled

import (
	"time"

	"github.com/passmuster/muster/analyzer/failover"
)

// State is what the evidence of a cell is worth today.
type State string

// The states, from the worst to the best, but for StateNever, which stands apart: nothing is known.
const (
	StateFailed  State = "failed"  // the last drill with a verdict broke a promise
	StateRefuted State = "refuted" // the last drill that tested today's prediction saw something else
	StateChanged State = "changed" // it passed, and another prediction was drilled than the one of today
	StateStale   State = "stale"   // it passed, too long ago
	StateCurrent State = "current" // it passed
	StateNever   State = "never"   // no drill came to a verdict
)

// Sameness says whether what was drilled is what is predicted today.
type Sameness string

// Samenesses. A report without a digest leaves it open.
const (
	Same    Sameness = "same"
	Other   Sameness = "other"
	Unknown Sameness = "unknown"
)

// Status is what drills have shown of one cell.
type Status struct {
	State State
	// Shown is the drill that decides the state; for StateNever the last one without a verdict, or nil.
	Shown      *Drill
	Age        time.Duration // of Shown, at least 0
	Prediction Sameness      // of Shown with today's
	Drills     int           // of the cell, whatever they said and predicted
	// Green are how many drills of today's prediction passed since the last one that failed.
	Green int
	// Upper95 bounds the probability of failure that Green drills leave, at 95 %: a single one leaves 0.95.
	Upper95 float64
}

// Drilled reports whether a drill of the cell came to a verdict, or tested the prediction.
func (s *Status) Drilled() bool { return s.State != StateNever }

// Days are the whole days of the age.
func (s *Status) Days() int { return int(s.Age / (24 * time.Hour)) }

// Judge says what the evidence of a cell is worth today. The cell has to be explained, as its digest tells predictions apart.
func (x *Index) Judge(c *failover.Cell) Status {
	id := c.ID()
	if len(x.cells[id]) == 0 {
		return x.judge(id, "", 0)
	}
	digest := ""
	if x.Prediction != nil {
		digest = x.Prediction(c)
	}
	return x.judge(id, digest, MaxAge(c))
}

func (x *Index) judge(cell, digest string, maxAge time.Duration) Status {
	list := x.cells[cell]
	s := Status{State: StateNever, Drills: len(list), Prediction: Unknown, Upper95: 1}
	if len(list) == 0 {
		return s
	}
	proof := first(list, (*Drill).Conclusive)
	tested := first(list, func(d *Drill) bool { return d.Static == Confirmed || d.Static == Refuted })
	switch {
	case proof != nil && proof.Verdict == Fail:
		s.State, s.Shown = StateFailed, proof
	case tested != nil && tested.Static == Refuted && sameness(tested, digest) != Other:
		s.State, s.Shown = StateRefuted, tested
	case proof == nil:
		s.Shown = list[0]
	case sameness(proof, digest) == Other:
		s.State, s.Shown = StateChanged, proof
	case x.age(proof) > maxAge:
		s.State, s.Shown = StateStale, proof
	default:
		s.State, s.Shown = StateCurrent, proof
	}
	s.Age, s.Prediction = x.age(s.Shown), sameness(s.Shown, digest)
	for _, d := range list {
		if d.Verdict == Fail {
			break
		}
		if d.Verdict == Pass && sameness(d, digest) == Same {
			s.Green++
		}
	}
	if x.Bound != nil {
		s.Upper95 = x.Bound(s.Green)
	}
	return s
}

func first(list []*Drill, is func(*Drill) bool) *Drill {
	for _, d := range list {
		if is(d) {
			return d
		}
	}
	return nil
}

func sameness(d *Drill, digest string) Sameness {
	switch d.Prediction {
	case "":
		return Unknown
	case digest:
		return Same
	}
	return Other
}

// age is how old a drill is; clocks may differ a little, and nothing is older than the future.
func (x *Index) age(d *Drill) time.Duration { return max(0, x.AsOf.Sub(d.Ended)) }
