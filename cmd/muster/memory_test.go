package main

import (
	"math"
	"runtime/debug"
	"testing"
)

// Fleets that keep more than is roomy are not collected all the time, and neither are those that keep less.
func TestRoomGrowsWithTheFleet(t *testing.T) {
	const heap = roomy / 8 * 7 // before the first collection
	for _, test := range []struct{ live, goal, limit, want int64 }{
		{0, heap, roomy, roomy},
		{heap / 2, heap - 1000, roomy, roomy + 1000},
		{heap / 2, heap, roomy + 1000, roomy + 1000},
		{heap / 2, heap + 1000, roomy, roomy},
		{heap, heap, roomy, roomy},
		{heap + 8, heap, roomy, 2 * (heap + 8)},
		{4 * roomy, 4 * roomy, 3 * roomy, 8 * roomy},
		{3 * roomy, 5 * roomy, 8 * roomy, 8 * roomy},
	} {
		if got := roomFor(test.live, test.goal, test.limit); got != test.want {
			t.Errorf("%d live, goal %d of %d: %d, want %d", test.live, test.goal, test.limit, got, test.want)
		}
	}
}

// What somebody sets about memory holds.
func TestMemorySettingsOfTheEnvironmentHold(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		t.Setenv(name, "off")
		collectLater(1)
		if got := debug.SetMemoryLimit(-1); got != before || got != math.MaxInt64 && before == math.MaxInt64 {
			t.Errorf("with %s set, the limit goes from %d to %d", name, before, got)
		}
		t.Setenv(name, "")
	}
}
