package record

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// recorded is a recording of a prober whose clock is ahead of the reference.
func recorded(t *testing.T, id string, ahead time.Duration, change func(*Header)) *Recording {
	t.Helper()
	var out bytes.Buffer
	h := header(id)
	h.WallAnchor = h.WallAnchor.Add(ahead)
	h.Clock = &Clock{Offset: Millis(ahead), Bound: ms(3)}
	if change != nil {
		change(&h)
	}
	w, err := NewWriter(&out, h, SyncNever)
	check(t, err)
	check(t, w.Sample(sample(0)))
	check(t, w.Event(Event{Name: Note, At: ms(10)}))
	_, err = w.Close()
	check(t, err)
	r, err := Read(&out)
	check(t, err)
	return r
}

func TestMergeLeadsClocksBackToTheReference(t *testing.T) {
	// Both begin at the same true moment; one clock is 7 s ahead.
	m, err := Merge(recorded(t, "p2", 7*time.Second, nil), recorded(t, "p1", 0, nil))
	check(t, err)
	if len(m.Samples) != 2 || m.Samples[0].Sched != m.Samples[1].Sched || m.Samples[0].End != m.Samples[1].End || m.Samples[0].Prober != "p1" || m.Samples[1].Prober != "p2" {
		t.Errorf("samples %+v", m.Samples)
	}
	// One begins a second after the other.
	later, err := Merge(recorded(t, "p1", 0, nil), recorded(t, "p2", 0, func(h *Header) { h.WallAnchor = h.WallAnchor.Add(time.Second) }))
	check(t, err)
	if a, b := later.Samples[0], later.Samples[1]; b.Sched-a.Sched != ms(1000) || b.End-a.End != ms(1000) || later.Events[1].At != ms(1010) {
		t.Errorf("samples %+v", later.Samples)
	}
	if m.Events[0].At != ms(10) || m.Events[1].At != ms(10) || !m.Anchor.Equal(header("").WallAnchor) {
		t.Errorf("events %+v, anchor %s", m.Events, m.Anchor)
	}
	if apart, known := m.Apart("p1", "p2"); apart != 6*time.Millisecond || !known {
		t.Errorf("apart %s, %v; want the sum of both bounds", apart, known)
	}
	if apart, known := m.Apart("p1", "p1"); apart != 0 || !known {
		t.Errorf("a prober is %s, %v from itself", apart, known)
	}
}

func TestAClockThatWasNeverCheckedIsUnknown(t *testing.T) {
	silent := func(h *Header) { h.Clock = nil }
	m, err := Merge(recorded(t, "p1", 0, nil), recorded(t, "p2", 0, silent))
	check(t, err)
	if _, known := m.Apart("p1", "p2"); known {
		t.Error("known although one clock was never checked")
	}
	m, err = Merge(recorded(t, "p2", 0, silent)) // nothing to compare with
	check(t, err)
	if _, known := m.Apart("p2", "p2"); !known {
		t.Error("a prober alone needs no other clock")
	}
}

func TestTheBoundHoldsAtEveryCheck(t *testing.T) {
	offset, bound, known := clockOf([]Clock{{Offset: ms(1), Bound: ms(2)}, {Offset: ms(9), Bound: ms(1)}})
	// [-1, 3] and [8, 10] lie within [-1, 10].
	if offset != 4500*time.Microsecond || bound != 5500*time.Microsecond || !known {
		t.Errorf("%s ± %s", offset, bound)
	}
}

func TestOnlyOneRunIsMerged(t *testing.T) {
	for want, other := range map[string]*Recording{
		"two recordings of prober p1": recorded(t, "p1", 0, nil),
		`run "run-2"`:                 recorded(t, "p2", 0, func(h *Header) { h.Run = "run-2" }),
		"different plans":             recorded(t, "p2", 0, func(h *Header) { h.PlanDigest = "sha256:cc" }),
		"configurations":              recorded(t, "p2", 0, func(h *Header) { h.ConfigDigest = "sha256:cc" }),
		"after another":               recorded(t, "p2", 0, func(h *Header) { h.WallAnchor = h.WallAnchor.AddDate(1, 0, 0) }),
	} {
		if _, err := Merge(recorded(t, "p1", 0, nil), other); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := Merge(); err == nil {
		t.Error("nothing was merged")
	}
}
