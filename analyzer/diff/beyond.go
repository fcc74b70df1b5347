package diff

import (
	"cmp"
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// uncounted is a number of cells of a service that changed, beyond the limit.
type uncounted struct {
	service *mesh.Service
	change  Change
	n       int
}

// order puts the candidates of a service in the order in which they are explained: first the most telling ones of each change, so that
// no change drives another one out, then what is promised, then what is lost.
func (p *surveyed) order() {
	const ofEach = leastPerService / len(Changes)
	type rank struct{ change, promised, harm int }
	ranks := make(map[int]rank, len(p.candidates))
	places := make([]int, len(p.candidates))
	for i := range p.candidates {
		c := &p.candidates[i]
		r := rank{change: slices.Index(Changes[:], c.glanced()), promised: 1, harm: -harm[c.is.Outcome]}
		if r.change < 0 {
			r.change = len(Changes)
		}
		if p.promises(c) {
			r.promised = 0
		}
		ranks[i], places[i] = r, i
	}
	slices.SortStableFunc(places, func(i, j int) int {
		a, b := ranks[i], ranks[j]
		return cmp.Or(cmp.Compare(a.change, b.change), cmp.Compare(a.promised, b.promised), cmp.Compare(a.harm, b.harm))
	})
	met := map[int]int{}
	var first, rest []candidate
	for _, i := range places {
		k := ranks[i].change
		if met[k]++; k < len(Changes) && met[k] <= ofEach {
			first = append(first, p.candidates[i])
		} else {
			rest = append(rest, p.candidates[i])
		}
	}
	p.candidates = slices.Concat(first, rest)
}

// promises reports whether an objective of the service covers the failure that a candidate is about.
func (p *surveyed) promises(c *candidate) bool {
	return analyzer.Promised(p.head, c.scenario, c.head.fault)
}

// count takes a cell by its glance.
func (e *explainer) count(p *surveyed, c candidate) {
	change := c.glanced()
	if change == "" || !c.heAsks {
		return
	}
	e.result.Cells.add(change, 1)
	if n := len(e.rest); n > 0 && e.rest[n-1].service == p.head && e.rest[n-1].change == change {
		e.rest[n-1].n++
		return
	}
	e.rest = append(e.rest, uncounted{p.head, change, 1})
}
