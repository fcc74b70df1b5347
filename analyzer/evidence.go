package analyzer

import (
	"context"

	"github.com/passmuster/muster/analyzer/drilled"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Evidence is what drills have shown of the cells that objectives promise. A nil Evidence is none: nobody said where it is, so
// that nothing is known of drills.
type Evidence struct {
	Index *drilled.Index
	list  []*Drilled
}

// Drilled is a service with an objective, and what drills have shown of each cell that is promised.
type Drilled struct {
	Service *mesh.Service
	Cells   []DrilledCell
}

// DrilledCell is one promised cell.
type DrilledCell struct {
	drilled.Status
	ID       string
	Way      string // the cell without its fault: who asks what, and what fails
	Scenario string
	Subject  string // what fails, for sentences
	Fault    failover.Fault
	Outcome  failover.Outcome // as it is predicted today
}

// Gather holds the evidence of an index against the cells that are promised today. A nil index gives no evidence.
func Gather(ctx context.Context, m *failover.Model, x *drilled.Index) (*Evidence, error) {
	if x == nil {
		return nil, nil
	}
	e := &Evidence{Index: x}
	cells := m.Stream(ctx, failover.Options{
		Services: func(s *mesh.Service) bool { return s.Objective != nil },
		Explain: func(s *mesh.Service, sc failover.Scenario, f failover.Fault) bool {
			return !sc.IsNone() && promised(s, sc, f)
		},
		Keep: func(*failover.Cell) bool { return true },
	})
	for c, err := range cells {
		if err != nil {
			return nil, err
		}
		e.add(c)
	}
	return e, nil
}

func (e *Evidence) add(c *failover.Cell) {
	if n := len(e.list); n == 0 || e.list[n-1].Service != c.Service {
		e.list = append(e.list, &Drilled{Service: c.Service})
	}
	d := e.list[len(e.list)-1]
	id := c.ID()
	d.Cells = append(d.Cells, DrilledCell{Status: e.Index.Judge(c), ID: id, Way: id[:len(id)-len(c.Fault)-1],
		Scenario: c.Scenario.String(), Subject: Subject(c.Scenario), Fault: c.Fault, Outcome: c.Outcome})
}

// Services are those with an objective and a promised cell, as they come in the matrix; none without evidence.
func (e *Evidence) Services() []*Drilled {
	if e == nil {
		return nil
	}
	return e.list
}

// Asked reports whether the objective asks for drills.
func (d *Drilled) Asked() bool { return d.Service.Objective.Drill.MaxAge.State == mesh.Known }

// Level is how loud something is that drills have not shown: a warning where the objective asks for drills, else a note.
func (d *Drilled) Level() Level {
	if d.Asked() {
		return Warning
	}
	return Note
}

// Where are the cells for which is holds.
func (d *Drilled) Where(is func(*DrilledCell) bool) []*DrilledCell {
	var list []*DrilledCell
	for i := range d.Cells {
		if is(&d.Cells[i]) {
			list = append(list, &d.Cells[i])
		}
	}
	return list
}

// Works reports whether today's prediction is not that the promise breaks. What is broken gets a finding of its own, and is to be
// repaired before it is drilled.
func (c *DrilledCell) Works() bool {
	return c.Outcome == failover.Survives || c.Outcome == failover.Unknown
}

// Gap reports whether a cell was never drilled, and of all that its place may do only a crash was, with success: a drill that only
// kills programs passes configurations that survive nothing else.
func (d *Drilled) Gap(c *DrilledCell) bool {
	if c.Drilled() || c.Fault == failover.Crash {
		return false
	}
	crash, other := false, false
	for i := range d.Cells {
		if x := &d.Cells[i]; x.Way == c.Way && x.Drilled() {
			crash = crash || x.Fault == failover.Crash && x.State != drilled.StateFailed
			other = other || x.Fault != failover.Crash
		}
	}
	return crash && !other
}

// Tally sums up promised cells.
type Tally struct {
	Promised, Drilled               int
	Failed, Refuted, Changed, Stale int
	OldestDays                      int // of the drilled ones
}

// Tally sums up all promised cells.
func (e *Evidence) Tally() (t Tally) {
	for _, d := range e.Services() {
		for i := range d.Cells {
			t.add(&d.Cells[i].Status)
		}
	}
	return t
}

func (t *Tally) add(s *drilled.Status) {
	t.Promised++
	if !s.Drilled() {
		return
	}
	t.Drilled++
	t.OldestDays = max(t.OldestDays, s.Days())
	switch s.State {
	case drilled.StateFailed:
		t.Failed++
	case drilled.StateRefuted:
		t.Refuted++
	case drilled.StateStale:
		t.Stale++
	}
	if s.Prediction == drilled.Other {
		t.Changed++
	}
}
