package failover

import (
	"slices"

	"github.com/passmuster/muster/mesh"
)

// strike notes what the scenario in hand takes from the hosts of a normal day. It is the same under each fault.
func (s *sim) strike(d *day) {
	if d.struck == s.blast {
		return
	}
	d.struck = s.blast
	members := 0
	for i := range d.hosts {
		members += len(d.hosts[i].ep.Behind)
	}
	d.hits = slices.Grow(d.hits[:0], members) // parts of it are the hosts'
	for i := range d.hosts {
		h := &d.hosts[i]
		h.at = s.blast.endpoint(s.pool.Service, h.ep)
		first := len(d.hits)
		for _, e := range h.ep.Behind {
			d.hits = append(d.hits, s.blast.endpoint(s.pool.Service, e))
		}
		h.hits = d.hits[first:len(d.hits):len(d.hits)]
	}
}

// hit tells whether the scenario takes one of the endpoints behind a host.
func (s *sim) hit(h *host, behind int) three {
	if h.hits != nil {
		return h.hits[behind]
	}
	return s.blast.endpoint(s.pool.Service, h.ep.Behind[behind])
}

// takesUsed reports whether the scenario in hand reaches a host that takes requests on a normal day: the host itself,
// something behind it, or a gateway on the way there.
func (s *sim) takesUsed(d *day) bool {
	s.strike(d)
	return slices.ContainsFunc(d.used, func(i int32) bool {
		h := &d.hosts[i]
		return h.at != no || slices.ContainsFunc(h.hits, func(t three) bool { return t != no }) ||
			len(h.ep.Onward) > 0 && slices.ContainsFunc(h.ep.Onward, func(g *mesh.Gateway) bool { return s.blast.gateway(g) })
	})
}

// stands reports whether a host is left, or one of those behind it.
func (s *sim) stands(h *host, member int) bool {
	if len(h.ep.Behind) > 0 {
		return s.hit(h, member) != yes
	}
	return h.at != yes
}

// touched reports whether a scenario can change the answer by itself: it reaches an endpoint that
// takes requests on a normal day. A tier that nobody uses today may die unnoticed.
func (w *worker) touched(q *asked, b *Blast) bool {
	return w.o.Forced || b.Scenario.IsNone() || w.evaluator.touched(q, b)
}

// touched is that for a failure, whatever was asked for.
func (e *evaluator) touched(q *asked, b *Blast) bool {
	if len(b.releases) > 0 {
		q = b.tried(q.routed())
	}
	for _, r := range q.rules {
		sends := r.Sends()
		for i := range sends {
			pool := e.poolOf(q, &sends[i])
			if pool == nil || pool.Discovery == mesh.OriginalDst {
				continue
			}
			e.pool, e.client, e.blast = pool, q.Client, b
			d := e.today()
			if !d.ok && b.touches(pool) || e.takesUsed(d) {
				return true
			}
		}
	}
	return false
}
