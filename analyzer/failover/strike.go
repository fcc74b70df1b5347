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
