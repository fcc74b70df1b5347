package report

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// atATime is how many jobs a goroutine takes in one go.
const atATime = 16

// parallel does n jobs on all cores.
func parallel(n int, one func(i int)) {
	var wg sync.WaitGroup
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), (n+atATime-1)/atATime) {
		wg.Go(func() {
			for from := int(next.Add(atATime)) - atATime; from < n; from = int(next.Add(atATime)) - atATime {
				for i := from; i < min(from+atATime, n); i++ {
					one(i)
				}
			}
		})
	}
	wg.Wait()
}
