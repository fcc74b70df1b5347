package probe

import (
	"runtime"
	"runtime/debug"
)

// often is the number of requests a second above which a prober does not sleep until a tick: an interval is then short against how late
// a host wakes it.
const often = 200

// Hurry makes this process serve its schedule first: goroutines that wake up find a processor although others work, the collector runs
// seldom, and where the system permits it, other processes wait. It returns what undoes it, and how others are made to wait, "" = not at
// all. It is for a program that does nothing but probe.
func Hurry() (undo func(), how string) {
	processors := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(processors + 2)
	percent := debug.SetGCPercent(400)
	how = raise()
	return func() {
		if how != "" {
			lower()
		}
		debug.SetGCPercent(percent)
		runtime.GOMAXPROCS(processors)
	}, how
}

// perSecond is how many requests a second the targets make.
func perSecond(targets []Target) float64 {
	sum := 0.0
	for i := range targets {
		sum += 1e9 / float64(max(targets[i].Every, leastEvery))
	}
	return sum
}
