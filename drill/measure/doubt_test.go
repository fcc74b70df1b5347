package measure

import (
	"slices"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/record"
)

func TestDoubts(t *testing.T) {
	w := world{down: 5 * sec, up: 6 * sec, back: 14 * sec}
	for name, tc := range map[string]struct {
		kind   DoubtKind
		change func(*record.Merged)
	}{
		"no footer":          {DoubtIncomplete, func(m *record.Merged) { m.Probers[0].Complete = false }},
		"closed loop":        {DoubtClosed, func(m *record.Merged) { m.Probers[0].Prober.Mode = record.Closed }},
		"late":               {DoubtLate, func(m *record.Merged) { late(m, 16) }},
		"a missing tick":     {DoubtMissing, func(m *record.Merged) { m.Samples = slices.Delete(m.Samples, 900, 901) }},
		"a tick told twice":  {DoubtMissing, func(m *record.Merged) { m.Samples = append(m.Samples, m.Samples[900]) }},
		"out of descriptors": {DoubtProber, func(m *record.Merged) { m.Samples[3].OK, m.Samples[3].Err = false, record.ErrLocal }},
		"a dirty null drill": {DoubtNull, func(m *record.Merged) { m.Samples[3].OK, m.Samples[3].Err = false, record.ErrReset }},
		"another's clock": {DoubtClock, func(m *record.Merged) {
			m.Events[0].Prober = "q"
			m.Events[1].Prober = "q"
			m.Events[2].Prober = "q"
			m.Events[3].Prober = "q"
		}},
		"not removed, and not watched": {DoubtShort, func(m *record.Merged) {
			m.Events = m.Events[:2]
			m.Samples = m.Samples[:340] // 1.8 s after the injection
		}},
		"removed early": {DoubtShort, func(m *record.Merged) {
			m.Events[2].At, m.Events[3].At = record.Millis(6900*time.Millisecond), record.Millis(6901*time.Millisecond)
		}},
		"all well": {"", func(m *record.Merged) { late(m, 15) }},
	} {
		m, _, _ := drill(t, w, nil)
		tc.change(m)
		f, err := Faults(m.Events)
		if err != nil {
			t.Fatal(err)
		}
		v := Views(m)[0]
		doubts := Doubts(m, v, f[0], Measure(v, f[0], 0, expected), 2*sec)
		if tc.kind == "" && len(doubts) > 0 || tc.kind != "" && (len(doubts) != 1 || doubts[0].Kind != tc.kind) {
			t.Errorf("%s: %v", name, doubts)
		}
	}
}

// late delays n requests by 11 ms; one in a hundred is 15.01 of 1,501.
func late(m *record.Merged, n int) {
	for i := range n {
		s := &m.Samples[1000+i]
		s.Late += record.Millis(11 * time.Millisecond)
		s.End += record.Millis(11 * time.Millisecond)
	}
}

func has(doubts []Doubt, kind DoubtKind) bool {
	return slices.ContainsFunc(doubts, func(d Doubt) bool { return d.Kind == kind })
}
