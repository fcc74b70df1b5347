package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// roomy is how many bytes a scan may take before garbage is collected at all. A fleet of 10,000
// objects keeps up to four fifths of it, and makes several times as much on the way. The program itself is
// about 80 MB beside it.
const roomy = 320 << 20

// collectLater puts collections off until a scan of so many fleets has taken what is roomy; for fleets that keep more
// than that, the room grows with them. Whoever sets GOGC or GOMEMLIMIT is left alone.
func collectLater(fleets int64) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(fleets * roomy)
	afterCollection(fleets * roomy)
}

// afterCollection makes room after each collection, if need be. The object is garbage from the start:
// its cleanup runs after the next one.
func afterCollection(limit int64) {
	garbage := new([16]byte)
	runtime.AddCleanup(garbage, func(limit int64) {
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/heap/goal:bytes"}}
		metrics.Read(sample)
		live, goal := int64(sample[0].Value.Uint64()), int64(sample[1].Value.Uint64())
		if more := roomFor(live, goal, limit); more != limit {
			limit = more
			debug.SetMemoryLimit(limit)
		}
		afterCollection(limit)
	}, limit)
}

// roomFor is how many bytes a process may take whose live objects take so many, and whose heap is next
// collected at goal: twice as many as live once that fills seven eighths of the limit. Below that, the heap
// may become as large as before the first collection. What a collection leaves unused between live
// objects counts towards the limit though new objects can take it; without room for that, a heap that is half
// full would be collected again and again.
func roomFor(live, goal, limit int64) int64 {
	if live > limit/8*7 {
		return max(limit, 2*live)
	}
	return limit + max(0, roomy/8*7-goal)
}
