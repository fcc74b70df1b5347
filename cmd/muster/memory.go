package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// roomy is how many bytes a scan may take before garbage is collected in earnest. A fleet of 10,000
// objects keeps about two thirds of it, and makes several times as much on the way.
const roomy = 340 << 20

// collectLater puts collections off until a scan has taken what is roomy; for fleets that keep more
// than that, the room grows with them. Whoever sets GOGC or GOMEMLIMIT is left alone.
func collectLater() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(roomy)
	afterCollection(roomy)
}

// afterCollection makes room after each collection, if need be. The object is garbage from the start:
// its cleanup runs after the next one.
func afterCollection(limit int64) {
	garbage := new([16]byte)
	runtime.AddCleanup(garbage, func(limit int64) {
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(sample)
		if more := roomFor(int64(sample[0].Value.Uint64()), limit); more != limit {
			limit = more
			debug.SetMemoryLimit(limit)
		}
		afterCollection(limit)
	}, limit)
}

// roomFor is how many bytes a process may take whose live objects take so many: twice as many once they
// fill three quarters of the limit.
func roomFor(live, limit int64) int64 {
	if live > limit/4*3 {
		return max(limit, 2*live)
	}
	return limit
}
