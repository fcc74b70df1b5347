package failover

import (
	"cmp"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// Hop is a strong dependency, and how often the caller's proxy tries a request of it.
type Hop struct {
	From, To *mesh.Service
	Tries    int // of a request whose connection is refused: 1 + retries
	// Answers: an answer that tells of a failure further down is retried too, so that tries multiply.
	Answers bool
	Retries mesh.Retries
}

// factor is by how much the hop multiplies what fails behind it.
func (h *Hop) factor() int {
	if h.Answers {
		return h.Tries
	}
	return 1
}

// Chain is hops from a caller down to a service whose failure all of them retry.
type Chain struct {
	Hops  []*Hop
	Tries int // of the last service, at most, for one request of the first
}

// RetryChains finds for each service the chain of strong dependencies along which retries multiply most. Chains come
// with the most tries first; one that is part of another is left out.
func RetryChains(g *mesh.Graph) []Chain {
	hops := retryHops(g)
	best := map[*mesh.Service]*Chain{}
	var list []Chain
	for _, s := range g.Services {
		if c := longest(s, hops, best); c != nil && len(c.Hops) > 1 && c.Hops[0].Answers {
			list = append(list, *c)
		}
	}
	slices.SortStableFunc(list, func(a, b Chain) int { return cmp.Compare(b.Tries, a.Tries) })
	covered := map[*Hop]bool{}
	return slices.DeleteFunc(list, func(c Chain) bool {
		if covered[c.Hops[0]] {
			return true
		}
		for _, h := range c.Hops {
			covered[h] = true
		}
		return false
	})
}

// Inputs decide how long chains are and how often is retried: both are bounded.
const (
	longestChain = 16
	mostTries    = 1_000_000_000
)

// times multiplies, and stops at mostTries. Neither factor is below 1.
func times(a, b int) int {
	if a > mostTries/b {
		return mostTries
	}
	return a * b
}

// longest is the chain below a service with the most tries, nil if nothing below it is retried. A service on the way
// itself is not entered again.
func longest(s *mesh.Service, hops map[*mesh.Service][]*Hop, best map[*mesh.Service]*Chain) *Chain {
	if c, known := best[s]; known {
		return c
	}
	best[s] = nil // while it is on the way
	var most *Chain
	take := func(c *Chain) {
		if most == nil || c.Tries > most.Tries {
			most = c
		}
	}
	for _, h := range hops[s] {
		if h.Tries > 1 {
			take(&Chain{[]*Hop{h}, min(h.Tries, mostTries)})
		}
		below := longest(h.To, hops, best)
		if below == nil || len(below.Hops) >= longestChain || slices.ContainsFunc(below.Hops, func(x *Hop) bool { return x.To == s }) {
			continue
		}
		take(&Chain{append([]*Hop{h}, below.Hops...), times(h.factor(), below.Tries)})
	}
	best[s] = most
	return most
}

// retryHops are the strong dependencies whose caller has a proxy, by caller.
func retryHops(g *mesh.Graph) map[*mesh.Service][]*Hop {
	clients := map[*mesh.Workload][]*mesh.Client{}
	for _, c := range g.Clients {
		for _, w := range c.Workloads {
			clients[w] = append(clients[w], c)
		}
	}
	out := map[*mesh.Service][]*Hop{}
	for _, d := range g.Dependencies {
		from, to := g.Service(d.From), g.Service(d.To)
		if !d.Strong || from == nil || to == nil || from == to {
			continue
		}
		callers := clients[d.Caller]
		if d.Caller == nil {
			for _, w := range workloadsOf(from) {
				callers = append(callers, clients[w]...)
			}
		}
		if h := hopOf(g, from, to, callers); h != nil {
			out[from] = append(out[from], h)
		}
	}
	return out
}

func workloadsOf(s *mesh.Service) []*mesh.Workload {
	var list []*mesh.Workload
	for _, e := range s.Endpoints {
		if e.Workload != nil && !slices.Contains(list, e.Workload) {
			list = append(list, e.Workload)
		}
	}
	return list
}

// hopOf takes of all that the callers obey the policy that tries most often; nil if none of them calls HTTP through a
// proxy that is known to see the service.
func hopOf(g *mesh.Graph, from, to *mesh.Service, callers []*mesh.Client) *Hop {
	var most *Hop
	seen := map[string]bool{}
	for _, c := range callers {
		if c.Kind == mesh.Unmeshed || c.Mesh != to.Mesh {
			continue
		}
		class := g.Class(to, c)
		if seen[class] {
			continue
		}
		seen[class] = true
		v := g.ViewOf(to, c, class)
		if v == nil {
			continue
		}
		asking := evaluator{sim: sim{graph: g, client: c}}
		for _, p := range v.Pools {
			if !p.Protocol.IsHTTP() || p.Subset != "" {
				continue
			}
			rules := []*mesh.RouteRule{{Retries: mesh.Retries{Default: true}, To: []mesh.Backend{{Service: to}}}}
			if r := v.Route(p.Port); r != nil {
				rules = r.Rules
			}
			for _, r := range rules {
				if !slices.ContainsFunc(r.To, func(b mesh.Backend) bool { return b.Service == to && !b.Missing }) {
					continue
				}
				h := &Hop{From: from, To: to, Tries: 1, Retries: asking.retriesOf(r)}
				if h.Retries.Attempts > 0 && retried(h.Retries.On, Crash) {
					h.Tries += h.Retries.Attempts
					h.Answers = retriesAnswers(h.Retries.On)
				}
				if most == nil || h.factor() > most.factor() || h.factor() == most.factor() && h.Tries > most.Tries {
					most = h
				}
			}
		}
	}
	return most
}

// retriesAnswers tells whether a policy retries the answers that a service gives when something behind it fails.
// Envoy: x-envoy-retry-on, 5xx and gateway-error (502, 503, 504); Istio's default conditions are about connections.
func retriesAnswers(on string) bool {
	for c := range strings.SplitSeq(on, ",") {
		switch strings.TrimSpace(c) {
		case "5xx", "gateway-error":
			return true
		}
	}
	return false
}
