package failover

import (
	"fmt"

	"github.com/passmuster/muster/mesh"
)

// limitOf is a limit on the rate of requests to an endpoint, or to those behind it; nil if there is none.
func limitOf(e *mesh.Endpoint) *mesh.RateLimit {
	list := e.Behind
	if len(list) == 0 {
		return e.Inbound.Limit(e.Port)
	}
	for _, b := range list {
		if l := b.Inbound.Limit(b.Port); l != nil {
			return l
		}
	}
	return nil
}

// rate is the share of the requests that each living endpoint of a host takes.
func (s *sim) rate(h *host) float64 {
	alive := 0
	each(h.ep, func(to *mesh.Endpoint) {
		if s.blast.endpoint(s.pool.Service, to) != yes {
			alive++
		}
	})
	return h.share / float64(max(alive, 1))
}

// beyondLimits tells of endpoints whose proxies refuse requests above a rate, and have more of them to take than on a normal day. How
// many requests there are is not in the inputs, so that nobody knows whether these are too many.
func (e *evaluator) beyondLimits(d *day) []string {
	if d.rates == nil {
		return nil
	}
	var out []string
	for i := range e.hosts {
		h := &e.hosts[i]
		l := limitOf(h.ep)
		if l == nil || h.share == 0 || h.fails >= 1 || e.rate(h) <= d.rates[h.ep]+1e-9 {
			continue
		}
		text := fmt.Sprintf("%s limits how many requests a pod of %s in %s takes, and in this failure there are more of them for each", l.Name, e.pool.Service.Name, h.ep.Cluster)
		if len(out) == 0 || out[len(out)-1] != text {
			out = append(out, text)
		}
	}
	return out
}
