package analyzer

import (
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer/drilled"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// shown makes a promised cell of one way with a state.
func shown(way string, f failover.Fault, s drilled.State) DrilledCell {
	c := DrilledCell{Way: way, ID: way + "|" + string(f), Subject: way, Scenario: "region=" + way, Fault: f, Outcome: failover.Survives}
	c.State = s
	return c
}

func TestGapsAreWhereOnlyCrashesWereDrilled(t *testing.T) {
	const never = drilled.StateNever
	for _, tc := range []struct {
		name                   string
		crash, hang, partition drilled.State
		want                   []failover.Fault
	}{
		{"only the crash", drilled.StateCurrent, never, never, []failover.Fault{failover.Hang, failover.Partition}},
		{"an old crash", drilled.StateStale, never, never, []failover.Fault{failover.Hang, failover.Partition}},
		{"a crash that failed", drilled.StateFailed, never, never, nil},
		{"a hang too", drilled.StateCurrent, drilled.StateFailed, never, nil},
		{"no crash", never, never, drilled.StateCurrent, nil},
		{"nothing", never, never, never, nil},
	} {
		d := &Drilled{Cells: []DrilledCell{
			shown("eu", failover.Crash, tc.crash), shown("eu", failover.Hang, tc.hang), shown("eu", failover.Partition, tc.partition),
			shown("us", failover.Crash, never), shown("us", failover.Hang, never),
		}}
		var got []failover.Fault
		for _, c := range d.Where(d.Gap) {
			got = append(got, c.Fault)
			if c.Way != "eu" {
				t.Errorf("%s: a crash of another place counts", tc.name)
			}
		}
		if len(got) != len(tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestFailuresInASentence(t *testing.T) {
	cell := func(subject string, f failover.Fault) *DrilledCell { return &DrilledCell{Subject: subject, Fault: f} }
	for want, cells := range map[string][]*DrilledCell{
		"eu (crash)":                  {cell("eu", failover.Crash), cell("eu", failover.Crash)},
		"eu (crash, hang), us (hang)": {cell("eu", failover.Crash), cell("us", failover.Hang), cell("eu", failover.Hang)},
		"a (crash), b (crash), c (crash) and 1 more failure": {
			cell("a", failover.Crash), cell("b", failover.Crash), cell("c", failover.Crash), cell("d", failover.Crash)},
		"a (crash), b (crash), c (crash) and 2 more failures": {
			cell("a", failover.Crash), cell("b", failover.Crash), cell("c", failover.Crash), cell("d", failover.Crash), cell("e", failover.Hang)},
	} {
		if got := Failures(cells); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestTallyOfPromisedCells(t *testing.T) {
	day := 24 * time.Hour
	e := &Evidence{list: []*Drilled{{Service: &mesh.Service{}, Cells: []DrilledCell{
		{Status: drilled.Status{State: drilled.StateNever, Age: 900 * day}},
		{Status: drilled.Status{State: drilled.StateCurrent, Age: 3 * day, Prediction: drilled.Same}},
		{Status: drilled.Status{State: drilled.StateFailed, Age: 9*day + 23*time.Hour, Prediction: drilled.Other}},
	}}, {Service: &mesh.Service{}, Cells: []DrilledCell{
		{Status: drilled.Status{State: drilled.StateChanged, Age: day, Prediction: drilled.Other}},
		{Status: drilled.Status{State: drilled.StateStale, Age: 5 * day}},
		{Status: drilled.Status{State: drilled.StateRefuted}},
	}}}}
	if got, want := e.Tally(), (Tally{Promised: 6, Drilled: 5, Failed: 1, Refuted: 1, Changed: 2, Stale: 1, OldestDays: 9}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if none := (*Evidence)(nil); none.Services() != nil || none.Tally() != (Tally{}) {
		t.Error("no evidence says something")
	}
}
