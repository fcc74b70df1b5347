package drilled

import (
	"testing"
	"time"
)

const (
	day   = 24 * time.Hour
	today = "sha256:today"
)

var now = time.Date(2027, 1, 15, 12, 0, 0, 0, time.UTC)

// ago makes a drill of the one cell of these tests.
func ago(days int, v Verdict, s Standing, prediction string) *Drill {
	return &Drill{Cell: "c", Run: "r", Verdict: v, Static: s, Ended: now.Add(-time.Duration(days) * day), Prediction: prediction}
}

func TestWhatEvidenceIsWorthToday(t *testing.T) {
	for _, tc := range []struct {
		name   string
		drills []*Drill
		want   State
		days   int // of the drill that decides
		same   Sameness
		green  int
	}{
		{"nothing", nil, StateNever, 0, Unknown, 0},
		{"a drill that passed", []*Drill{ago(3, Pass, Confirmed, today)}, StateCurrent, 3, Same, 1},
		{"an inconclusive drill proves nothing", []*Drill{ago(3, Inconclusive, Untested, today)}, StateNever, 3, Same, 0},
		{"an inconclusive drill hides no earlier one", []*Drill{ago(1, Inconclusive, Untested, today), ago(9, Pass, Confirmed, today)}, StateCurrent, 9, Same, 1},
		{"an inconclusive drill takes back no failure", []*Drill{ago(1, Inconclusive, Untested, today), ago(9, Fail, Confirmed, today)}, StateFailed, 9, Same, 0},
		{"a failure that was repaired", []*Drill{ago(1, Pass, Confirmed, today), ago(9, Fail, Refuted, "sha256:before"), ago(20, Pass, Confirmed, today)}, StateCurrent, 1, Same, 1},
		{"a failure after a success", []*Drill{ago(9, Pass, Confirmed, today), ago(1, Fail, Confirmed, today)}, StateFailed, 1, Same, 0},
		{"a failure of another prediction stays one", []*Drill{ago(1, Fail, Confirmed, "sha256:before")}, StateFailed, 1, Other, 0},
		{"of two at the same time the worse counts", []*Drill{ago(1, Pass, Confirmed, today), ago(1, Fail, Confirmed, today)}, StateFailed, 1, Same, 0},
		{"refuted", []*Drill{ago(1, Pass, Refuted, today)}, StateRefuted, 1, Same, 1},
		{"refuted without a verdict", []*Drill{ago(1, Inconclusive, Refuted, today)}, StateRefuted, 1, Same, 0},
		{"refuted, of a prediction that nobody noted", []*Drill{ago(1, Pass, Refuted, "")}, StateRefuted, 1, Unknown, 0},
		{"another prediction was refuted", []*Drill{ago(1, Pass, Refuted, "sha256:before")}, StateChanged, 1, Other, 0},
		{"refuted, and confirmed since", []*Drill{ago(1, Pass, Confirmed, today), ago(5, Pass, Refuted, today)}, StateCurrent, 1, Same, 2},
		{"another configuration", []*Drill{ago(1, Pass, Confirmed, "sha256:before"), ago(5, Pass, Confirmed, today)}, StateChanged, 1, Other, 1},
		{"nobody noted which", []*Drill{ago(1, Pass, Confirmed, "")}, StateCurrent, 1, Unknown, 0},
		{"just young enough", []*Drill{ago(90, Pass, Confirmed, today)}, StateCurrent, 90, Same, 1},
		{"too old", []*Drill{ago(91, Pass, Confirmed, today)}, StateStale, 91, Same, 1},
		{"old and of another configuration", []*Drill{ago(91, Pass, Confirmed, "sha256:before")}, StateChanged, 91, Other, 0},
		{"a clock that is ahead", []*Drill{ago(-1, Pass, Confirmed, today)}, StateCurrent, 0, Same, 1},
	} {
		x := New("dir", now, len(tc.drills), tc.drills)
		x.Bound = func(n int) float64 { return 1 - 0.1*float64(n) }
		s := x.judge("c", today, 90*day)
		if s.State != tc.want || s.Days() != tc.days || s.Prediction != tc.same || s.Green != tc.green || s.Drills != len(tc.drills) || s.Upper95 != x.Bound(tc.green) {
			t.Errorf("%s: %+v, %d days; want %s, %d days, %s, %d green", tc.name, s, s.Days(), tc.want, tc.days, tc.same, tc.green)
		}
		if s.Drilled() != (tc.want != StateNever) {
			t.Errorf("%s: drilled is %t", tc.name, s.Drilled())
		}
	}
}

func TestAnotherCellSaysNothing(t *testing.T) {
	x := New("dir", now, 1, []*Drill{ago(1, Pass, Confirmed, today)})
	if s := x.judge("another", today, day); s.State != StateNever || s.Shown != nil || s.Upper95 != 1 {
		t.Errorf("%+v", s)
	}
}
