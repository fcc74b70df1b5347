package record

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// attempt writes a recording of rounds that end, and perhaps one that does not.
func attempt(t *testing.T, id, continues string, footer bool, rounds ...string) *Recording {
	t.Helper()
	var out bytes.Buffer
	h := header(id)
	h.Continues = continues
	w, err := NewWriter(&out, h, SyncNever)
	check(t, err)
	for i, name := range rounds {
		name, ends := strings.CutSuffix(name, ".")
		at := ms(float64(1000 * i))
		check(t, w.Event(Event{Name: Round, Edge: Begin, At: at, Fault: name, Mode: name}))
		for tick := range int64(5) {
			s := sample(tick)
			s.Sched, s.End, s.Cell = s.Sched+at, s.End+at, cell+name
			check(t, w.Sample(s))
		}
		check(t, w.Event(Event{Name: Inject, Edge: Begin, At: at + ms(30), Fault: name + h.Prober.ID}))
		if ends {
			check(t, w.Event(Event{Name: Inject, Edge: End, At: at + ms(40), Fault: name + h.Prober.ID}))
			check(t, w.Event(Event{Name: Round, Edge: End, At: at + ms(500), Fault: name}))
		} else {
			check(t, w.Event(Event{Name: Abort, At: at + ms(200), Detail: "stopped"}))
		}
	}
	w.mu.Lock()
	w.flush()
	w.mu.Unlock()
	if footer {
		_, err = w.Close()
		check(t, err)
	}
	r, err := Read(&out)
	check(t, err)
	return r
}

func TestARoundThatWasRepeatedCountsOnce(t *testing.T) {
	first := attempt(t, "p1", "", false, "null.", "crash.", "hang")
	again := attempt(t, "p1#2", first.Head, false, "hang")
	last := attempt(t, "p1#3", again.Head, true, "hang.", "partition.")
	m, err := Merge(last, first, again)
	check(t, err)
	cells := map[string]int{}
	for _, s := range m.Samples {
		cells[s.Prober+" "+strings.TrimPrefix(s.Cell, cell)]++
	}
	want := map[string]int{"p1 null": 5, "p1 crash": 5, "p1#3 hang": 5, "p1#3 partition": 5}
	if len(cells) != len(want) {
		t.Errorf("cells %v, want %v", cells, want)
	}
	for _, e := range m.Events {
		if e.Name == Abort || e.Name == Inject && strings.HasPrefix(e.Fault, "hangp1") && e.Fault != "hangp1#3" {
			t.Errorf("an event of an attempt: %+v", e)
		}
	}
	if len(m.Repeated) != 2 || m.Repeated[0].Prober != "p1" || m.Repeated[0].Samples != 5 || m.Repeated[0].Name != "hang" || m.Repeated[0].Why != "stopped" || m.Repeated[1].Prober != "p1#2" {
		t.Errorf("repeated: %+v", m.Repeated)
	}
	if p := m.Probers[0]; p.Complete || p.Whole != ms(1500) {
		t.Errorf("%+v: whole until the end of crash", p)
	}
}

func TestARoundThatNobodyRepeatedStays(t *testing.T) {
	first := attempt(t, "p1", "", false, "null.", "hang")
	other := attempt(t, "p2", "", true, "null.", "hang.")
	m, err := Merge(first, other)
	check(t, err)
	if len(m.Samples) != 20 || len(m.Repeated) != 0 {
		t.Errorf("%d samples, repeated %+v", len(m.Samples), m.Repeated)
	}
}

func TestARecordingThatIsContinuedCannotBeLeftAway(t *testing.T) {
	first := attempt(t, "p1", "", false, "hang")
	again := attempt(t, "p1#2", first.Head, true, "hang.")
	if _, err := Merge(again); err == nil || !strings.Contains(err.Error(), "is not given") {
		t.Errorf("error %v", err)
	}
}

func TestScanKeepsNoRequests(t *testing.T) {
	data := whole(t)
	want, err := Read(bytes.NewReader(data))
	check(t, err)
	samples, drops := 0, 0
	got, err := Scan(bytes.NewReader(data), func(s *Sample) error {
		if s.Tick != want.Samples[samples].Tick || s.Prober != want.Header.Prober.ID {
			t.Errorf("sample %d: %+v", samples, s)
		}
		samples++
		return nil
	}, func(*Drop) error { drops++; return nil })
	check(t, err)
	if samples != len(want.Samples) || drops != len(want.Drops) || got.Samples != nil || got.Head != want.Head || len(got.Events) != len(want.Events) || !got.Complete() {
		t.Errorf("%d samples, %d drops, %+v", samples, drops, got)
	}
	full := errors.New("enough")
	if _, err := Scan(bytes.NewReader(data), func(*Sample) error { return full }, nil); !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
}
