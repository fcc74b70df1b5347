package main

import (
	"runtime"
	"runtime/debug"
)

// tune makes the runtime of a prober serve its schedule: goroutines that wake up on time find a processor although others work, and
// the collector runs seldom. It returns what undoes it.
func tune() (undo func()) {
	before := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(before + 2)
	percent := debug.SetGCPercent(400)
	return func() {
		runtime.GOMAXPROCS(before)
		debug.SetGCPercent(percent)
	}
}
