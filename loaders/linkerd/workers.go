package linkerd

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// atOnce does n things at the same time, as many as there are processors. Who needs their results in order gives each a
// place of its own.
func atOnce(n int, do func(int)) {
	var wg sync.WaitGroup
	var next atomic.Int64
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}
