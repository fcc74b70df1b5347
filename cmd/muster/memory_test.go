package main

import (
	"math"
	"runtime/debug"
	"testing"
)

// Fleets that keep more than is roomy are not collected all the time.
func TestRoomGrowsWithTheFleet(t *testing.T) {
	for _, test := range []struct{ live, limit, want int64 }{
		{0, 400, 400},
		{350, 400, 400},
		{351, 400, 702},
		{800, 400, 1600},
		{500, 1600, 1600},
	} {
		if got := roomFor(test.live, test.limit); got != test.want {
			t.Errorf("%d live of %d: %d, want %d", test.live, test.limit, got, test.want)
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
