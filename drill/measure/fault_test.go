package measure

import (
	"slices"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/record"
)

func TestFaults(t *testing.T) {
	event := func(name record.EventName, edge record.Edge, at time.Duration, fault, prober string) record.Event {
		return record.Event{Name: name, Edge: edge, At: record.Millis(at), Fault: fault, Prober: prober, Mode: "hang"}
	}
	const in, out, begin, end = record.Inject, record.Remove, record.Begin, record.End
	whole := []record.Event{event(in, begin, 1, "a", "p"), event(in, end, 3, "a", "p"), event(record.Note, "", 4, "", "p"), event(out, begin, 7, "a", "p"), event(out, end, 9, "a", "p"),
		event(in, begin, 11, "b", "p"), event(in, end, 12, "b", "p")}
	got, err := Faults(whole)
	want := []Fault{{ID: "a", Mode: "hang", By: "p", Inject: Bracket{1, 3}, Remove: Bracket{7, 9}, Removed: true}, {ID: "b", Mode: "hang", By: "p", Inject: Bracket{11, 12}}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	for name, events := range map[string][]record.Event{
		"not ended":               whole[:1],
		"removal not ended":       whole[:4],
		"removed without a fault": whole[3:5],
		"ended without a begin":   whole[1:2],
		"injected twice":          append(slices.Clone(whole), event(in, begin, 20, "a", "p")),
		"removed twice":           append(slices.Clone(whole), event(out, begin, 20, "a", "p")),
		"removed while injected":  {whole[0], whole[3], whole[1], whole[4]},
		"ended too early":         {whole[0], event(in, end, 0, "a", "p")},
		"removed too early":       {whole[0], whole[1], event(out, begin, 2, "a", "p"), whole[4]},
		"by another clock":        {whole[0], whole[1], event(out, begin, 7, "a", "q"), event(out, end, 9, "a", "q")},
	} {
		if got, err := Faults(events); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
