package failover

import (
	"context"
	"sync"

	"github.com/passmuster/muster/mesh"
)

// Tally counts the cells of a matrix by outcome, without keeping them.
type Tally struct {
	Services int
	Outcomes
	// Shapes is how many different problems the cells came down to: questions whose pools, routes
	// and callers are alike share their answers.
	Shapes int
}

// Count evaluates every cell that Compute would evaluate, without causes and traces, and counts
// outcomes. Cells that a scenario cannot touch are not evaluated by either.
func (m *Model) Count(ctx context.Context, o Options) (Tally, error) {
	o.fill(m)
	o.Explain = func(*mesh.Service, Scenario, Fault) bool { return false }
	services, blasts := o.plan(m)
	total := Tally{Services: len(services)}
	shared := newRows(m, blasts)
	m.ahead(ctx, &o, services, blasts, shared)
	var mu sync.Mutex
	parallel(ctx, len(services), o.Workers, func() func(int) {
		w := newWorker(ctx, m, &o, blasts, shared)
		return func(i int) {
			w.total = Outcomes{}
			failures := w.evaluateService(services[i], blasts, nil)
			mu.Lock()
			defer mu.Unlock()
			total.Merge(w.total)
			for i := range failures {
				total.Merge(failures[i].outcomes())
			}
		}
	})
	total.Shapes = len(shared.of)
	return total, ctx.Err()
}
