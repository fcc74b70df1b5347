package probe

import (
	"testing"
	"time"

	"github.com/passmuster/muster/drill/record"
)

// How late requests are sent is for the benchmark: it depends on the machine.
func TestAThousandRequestsASecondLeaveNoTickOut(t *testing.T) {
	to, got := at(TCP, serve(t, nil), nil), &seen{}
	to.Every, to.Timeout = time.Millisecond, 10*time.Second
	undo, _ := Hurry()
	defer undo()
	must(t, Run(t.Context(), []Target{to}, got, Options{Ticks: 1000}))
	for i, s := range got.sorted() {
		if s.Tick != int64(i) || s.Late < 0 || s.End < s.Sched+s.Late || s.Sched-got.samples[0].Sched != record.Millis(i)*record.Millis(to.Every) {
			t.Fatalf("sample %d: %+v", i, s)
		}
	}
	if len(got.samples) != 1000 || len(got.drops) != 0 {
		t.Errorf("%d samples, %d rows of drops; want 1000, none", len(got.samples), len(got.drops))
	}
}

func TestAProberSpinsOnlyWhereItAsksOften(t *testing.T) {
	every := func(all ...time.Duration) (targets []Target) {
		for _, d := range all {
			targets = append(targets, Target{Every: d})
		}
		return targets
	}
	for _, tc := range []struct {
		targets []Target
		want    time.Duration
	}{
		{every(20 * time.Millisecond), 0},
		{every(5 * time.Millisecond), 0},
		{every(time.Millisecond), 200 * time.Microsecond},
		{every(10*time.Millisecond, 10*time.Millisecond, 5*time.Millisecond), 200 * time.Microsecond},
		{every(100 * time.Microsecond), 20 * time.Microsecond},
	} {
		if got := spin(tc.targets); got != tc.want {
			t.Errorf("%v: %s, want %s", tc.targets, got, tc.want)
		}
	}
}
