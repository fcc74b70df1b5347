package demo

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
)

// Comparison is one cell as it was predicted and as it was seen.
type Comparison struct {
	Expected plan.Expectation
	Mode     string
	Observed failover.Outcome
	// Failing is the share of requests that went wrong once the predicted recovery was over, while the fault lasted, and Answers the
	// shares of the regions in what was answered then.
	Failing float64
	Answers map[string]float64
	Result  measure.Result
	// Plaintext are answers that reached the service without TLS while the fault lasted.
	Plaintext int
	Doubts    []measure.Doubt
	// Differs says how what was seen differs from what was predicted; nil = not at all.
	Differs []string
}

// Agrees reports whether what was seen is what was predicted.
func (c *Comparison) Agrees() bool { return len(c.Differs) == 0 }

// Compare holds a recorded run against its plan.
func Compare(p *plan.Plan, recs ...*record.Recording) ([]Comparison, error) {
	m, err := record.Merge(recs...)
	if err != nil {
		return nil, fmt.Errorf("the records do not fit: %w", err)
	}
	faults, err := measure.Faults(m.Events)
	if err != nil {
		return nil, fmt.Errorf("the faults of the run are not known: %w", err)
	}
	views := measure.Views(m)
	var out []Comparison
	for i := range p.Expect {
		e := &p.Expect[i]
		cell, err := plan.ParseCell(e.Cell)
		if err != nil {
			return nil, err
		}
		f := slices.IndexFunc(faults, func(f measure.Fault) bool { return f.Mode == cell.Fault && f.Scenario == cell.Scenario })
		v := slices.IndexFunc(views, func(v measure.View) bool { return v.Cell == e.Cell })
		if f < 0 || v < 0 {
			return nil, fmt.Errorf("nothing was recorded of %s", e.Cell)
		}
		out = append(out, compare(m, views[v], faults[f], e, cell.Fault))
	}
	return out, nil
}

func compare(m *record.Merged, v measure.View, f measure.Fault, e *plan.Expectation, mode string) Comparison {
	c := Comparison{Expected: *e, Mode: mode, Answers: map[string]float64{}}
	c.Result = measure.Measure(v, f, 0, measure.Options{Dest: func(s record.Sample) string { return e.Place(s.Dest) },
		During: slices.Sorted(maps.Keys(e.During)), After: slices.Sorted(maps.Keys(e.After))})
	c.Doubts = measure.Doubts(m, v, f, c.Result, 0)
	bound := time.Duration(0)
	if e.Recovery != nil {
		bound = e.Recovery.Upper.Std()
	}
	good, bad := 0, 0
	for _, s := range v.Samples {
		began, ended := s.Sched.Duration()+s.Late.Duration(), s.End.Duration()
		if s.Err.OfProber() || began < f.Inject.To || f.Removed && ended > f.Remove.From {
			continue
		}
		if s.OK && s.Dest.TLS == record.TLSNone {
			c.Plaintext++
		}
		if began < f.Inject.To+bound {
			continue
		}
		if !s.OK {
			bad++
			continue
		}
		good++
		c.Answers[e.Place(s.Dest)]++
	}
	for place := range c.Answers {
		c.Answers[place] /= float64(good)
	}
	if good+bad > 0 {
		c.Failing = float64(bad) / float64(good+bad)
	}
	switch {
	case good+bad < fewest:
		c.Observed = failover.Unknown
	case good == 0:
		c.Observed = failover.Lost
	case bad > 0:
		c.Observed = failover.Degraded
	default:
		c.Observed = failover.Survives
	}
	c.differ()
	return c
}

// fewest requests say what becomes of all.
const fewest = 30

func (c *Comparison) differ() {
	note := func(format string, args ...any) { c.Differs = append(c.Differs, fmt.Sprintf(format, args...)) }
	e := &c.Expected
	if string(c.Observed) != e.Outcome {
		note("%s was predicted, and %s was seen (%.0f %% of the requests went wrong)", e.Outcome, c.Observed, 100*c.Failing)
	}
	tolerance := e.ToleranceTV
	if tolerance == 0 {
		tolerance = 0.05
	}
	if c.Observed == failover.Survives && e.During != nil {
		if d := distance(e.During, c.Answers); d > tolerance {
			note("the shares of the regions differ by %.2f", d)
		}
	}
	if e.Recovery != nil && c.Observed == failover.Survives {
		r := c.Result.Recovery
		if r.Upper < e.Recovery.Lower.Std() || r.Lower > e.Recovery.Upper.Std() {
			note("recovery in %s to %s was predicted, and took %s", e.Recovery.Lower, e.Recovery.Upper, r)
		}
	}
	if c.Plaintext > 0 && e.Encryption != "plaintext" {
		note("%d answers came in plaintext", c.Plaintext)
	}
}

// distance is the total-variation distance of two shares.
func distance(a, b map[string]float64) float64 {
	sum := 0.0
	for place, share := range a {
		sum += max(share-b[place], b[place]-share)
	}
	for place, share := range b {
		if _, ok := a[place]; !ok {
			sum += share
		}
	}
	return sum / 2
}
