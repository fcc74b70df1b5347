package analyzer

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/passmuster/muster/mesh"
)

// locate looks up one place in each document that something stands in, on all cores. The first place costs
// most: a document is parsed for it, and remembers what it has found.
func locate[T any](list []T, of func(T) mesh.Origin) {
	var origins []mesh.Origin
	seen := map[mesh.Locator]bool{}
	for _, one := range list {
		if at := of(one); at.In != nil && !seen[at.In] {
			seen[at.In] = true
			origins = append(origins, at)
		}
	}
	parallel(len(origins), func(i int) { origins[i].Position() })
}

// parallel does n jobs on all cores, in their order as far as cores become free.
func parallel(n int, one func(i int)) {
	var wg sync.WaitGroup
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				one(i)
			}
		})
	}
	wg.Wait()
}
