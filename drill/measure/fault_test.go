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
	failed := func(e record.Event) record.Event { e.Failed = true; return e }
	for name, tc := range map[string]struct {
		events []record.Event
		want   Fault
	}{
		"the injection fails":                {[]record.Event{whole[0], failed(whole[1]), whole[3], whole[4]}, Fault{Inject: Bracket{1, 3}, Remove: Bracket{7, 9}, Removed: true, Failed: true}},
		"the injection is repeated":          {[]record.Event{whole[0], failed(whole[1]), event(in, begin, 4, "a", "p"), event(in, end, 6, "a", "p"), whole[3], whole[4]}, Fault{Inject: Bracket{1, 6}, Remove: Bracket{7, 9}, Removed: true}},
		"the removal fails":                  {[]record.Event{whole[0], whole[1], whole[3], failed(whole[4])}, Fault{Inject: Bracket{1, 3}, Remove: Bracket{From: 7}, Failed: true}},
		"the removal is repeated":            {[]record.Event{whole[0], whole[1], whole[3], failed(whole[4]), event(out, begin, 11, "a", "p"), event(out, end, 12, "a", "p")}, Fault{Inject: Bracket{1, 3}, Remove: Bracket{7, 12}, Removed: true}},
		"the removal is repeated, and fails": {[]record.Event{whole[0], whole[1], whole[3], failed(whole[4]), event(out, begin, 11, "a", "p"), failed(event(out, end, 12, "a", "p"))}, Fault{Inject: Bracket{1, 3}, Remove: Bracket{From: 7}, Failed: true}},
	} {
		tc.want.ID, tc.want.Mode, tc.want.By = "a", "hang", "p"
		if got, err := Faults(tc.events); err != nil || !slices.Equal(got, []Fault{tc.want}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	// What is whole comes with the error.
	if got, err := Faults(append(slices.Clone(whole), event(in, begin, 20, "c", "p"))); err == nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
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
