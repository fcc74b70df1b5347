package failover

import (
	"context"
	"iter"
	"slices"
)

// servicesAtATime is how many services' cells a stream holds: some hundred cells each.
const servicesAtATime = 16

// Stream yields the cells that Compute would put into the matrix, in its order, and holds those of a few services at a
// time: a matrix with its traces may be larger than memory. A stream that is stopped by ctx ends with its error.
func (m *Model) Stream(ctx context.Context, o Options) iter.Seq2[*Cell, error] {
	o.fill(m)
	services, blasts := o.plan(m)
	return func(yield func(*Cell, error) bool) {
		shared := newRows(m, blasts)
		m.ahead(ctx, &o, services, blasts, shared)
		for part := range slices.Chunk(services, servicesAtATime) {
			cells := make([][]*Cell, len(part))
			parallel(ctx, len(part), o.Workers, func() func(int) {
				w := newWorker(ctx, m, &o, blasts, shared)
				return func(i int) { cells[i], _ = w.service(part[i], blasts) }
			})
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			for _, list := range cells {
				for _, c := range list {
					if !yield(c, nil) {
						return
					}
				}
			}
		}
	}
}
