package failover

import (
	"context"
	"slices"
	"sync"

	"github.com/passmuster/muster/mesh"
)

// numbered is what one failure makes of the calls of one edge, by the edge's number.
type numbered struct {
	edge int
	loss loss
}

func sortNumbered(list []numbered) []numbered {
	slices.SortFunc(list, func(a, b numbered) int { return a.edge - b.edge })
	return list
}

// ahead works out what failures of places take from services through their dependencies, before the first service is
// asked about. Every service asks for the same of them: workers that asked one after the other would wait for each
// other all along. Here they share the work callee by callee. What nobody will ask for is left out, as is everything
// when ctx is done.
func (m *Model) ahead(ctx context.Context, o *Options, services []*mesh.Service, blasts []*Blast, shared *rows) {
	d := m.deps
	failures, outages := d.expected(o, services, blasts)
	if len(failures) == 0 || len(d.edges) == 0 {
		return
	}
	callees := byCallee(d.edges)
	var mu sync.Mutex
	var losses [][][]numbered // by worker, then by failure
	parallel(ctx, len(callees), o.Workers, func() func(int) {
		w := newWorker(ctx, m, o, blasts, shared)
		asks := make([]asksOf, len(failures))
		for i, f := range failures {
			asks[i] = asksOf{w: w, blast: f.blast, fault: f.fault, at: w.placeFailure(f.blast, f.fault)}
		}
		own := make([][]numbered, len(failures))
		mu.Lock()
		losses = append(losses, own)
		mu.Unlock()
		return func(i int) {
			for j := range asks {
				asks[j].ofCallee(callees[i], func(e *edge, l loss) {
					own[j] = append(own[j], numbered{e.number, l})
				})
			}
			w.aside().forget() // of the next callee nothing is known yet
		}
	})
	if ctx.Err() != nil {
		return
	}
	parallel(ctx, len(failures), o.Workers, func() func(int) {
		w := newWorker(ctx, m, o, blasts, shared)
		return func(j int) {
			out := outages[j]
			out.once.Do(func() {
				lists := make([][]numbered, len(losses))
				for i, own := range losses {
					lists[i] = own[j]
				}
				out.direct = sortNumbered(slices.Concat(lists...))
				out.lost = d.spread(w, failures[j].blast, failures[j].fault, out.direct)
				out.known.Store(true)
			})
		}
	})
}

// expected lists the failures of places that some service will ask its dependencies about and of which nothing is
// known yet, with the outages that they are.
func (d *dependencies) expected(o *Options, services []*mesh.Service, blasts []*Blast) (failures []blastFault, outages []*outage) {
	depends := slices.DeleteFunc(slices.Clone(services), func(s *mesh.Service) bool { return !d.from[s.ID] })
	if len(depends) == 0 {
		return nil, nil
	}
	for _, b := range blasts {
		if b.named || b.local || b.Scenario.IsNone() {
			continue
		}
		if o.asked == nil && !slices.ContainsFunc(depends, func(s *mesh.Service) bool { return concerns(s, b.Scenario) }) {
			continue
		}
		for _, f := range o.Faults {
			out := d.at(failure{b.words, f})
			if !out.known.Load() && out.before.Load() == nil { // what was known before an update is only amended
				failures, outages = append(failures, blastFault{b, f}), append(outages, out)
			}
		}
	}
	return failures, outages
}

// byCallee cuts a list of edges, which come callee by callee, into those of each.
func byCallee(edges []*edge) [][]*edge {
	var list [][]*edge
	for from := 0; from < len(edges); {
		to := from + 1
		for to < len(edges) && edges[to].callee == edges[from].callee {
			to++
		}
		list = append(list, edges[from:to])
		from = to
	}
	return list
}
