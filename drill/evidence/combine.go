package evidence

import "github.com/passmuster/muster/analyzer/drilled"

// said is what one report says of one cell, over all its sources.
type said struct {
	verdict    drilled.Verdict
	static     drilled.Standing
	prediction string
}

// byCell joins what the sources of a report saw of each cell. A failure that one source saw is one. Where the run as a whole
// passed, one source that saw enough is enough; otherwise the worst counts, because nobody says which source the run's verdict
// rests on. A run in doubt proves nothing of any cell, and one that failed as a whole, without a cell that did, failed in all.
func (r *driftReport) byCell() map[string]*said {
	cells := map[string]*said{}
	failed := false
	for _, c := range r.cells {
		failed = failed || c.Verdict == drilled.Fail
		s := cells[c.Cell]
		if s == nil {
			cells[c.Cell] = &said{c.Verdict, c.Static, c.Expected.Prediction}
			continue
		}
		s.verdict = r.join(s.verdict, c.Verdict)
		s.static = worseStanding(s.static, c.Static)
		if s.prediction == "" {
			s.prediction = c.Expected.Prediction
		}
	}
	for _, s := range cells {
		switch {
		case s.verdict != drilled.Pass:
		case r.doubted:
			s.verdict = drilled.Inconclusive
		case r.verdict == drilled.Fail && !failed:
			s.verdict = drilled.Fail
		}
	}
	return cells
}

func (r *driftReport) join(a, b drilled.Verdict) drilled.Verdict {
	if worse := drilled.Worse(a, b); r.verdict != drilled.Pass || worse == drilled.Fail {
		return worse
	}
	if a == drilled.Pass || b == drilled.Pass {
		return drilled.Pass
	}
	return drilled.Inconclusive
}
