package failover

import (
	"slices"

	"github.com/passmuster/muster/mesh"
)

// served is a share of the requests that another service than the asked one answers: a failover target of Consul's, with
// dependencies of its own.
type served struct {
	by    *mesh.Service
	share float64
}

// answers adds a share that another service answers.
func (a *Answer) answers(by *mesh.Service, share float64) {
	for i := range a.elsewhere {
		if a.elsewhere[i].by == by {
			a.elsewhere[i].share += share
			return
		}
	}
	a.elsewhere = append(a.elsewhere, served{by, share})
}

// ownerOf is the service of an endpoint, or of those behind a gateway, where the loader tells; else nil.
func ownerOf(e *mesh.Endpoint) *mesh.Service {
	if len(e.Behind) > 0 {
		e = e.Behind[0]
	}
	return e.Service
}

// lacks reports whether a scenario takes something from the service in hand, or from another one that answers for it or for those
// that its routes lead to, through dependencies.
func (w *worker) lacks(s *mesh.Service, b *Blast) bool {
	if w.deps.touched(w, s, b) {
		return true
	}
	var last *mesh.Service
	return slices.ContainsFunc(w.targets, func(to *mesh.Service) bool {
		return slices.ContainsFunc(to.Endpoints, func(e *mesh.Endpoint) bool {
			if e.Service == nil || e.Service == s || e.Service == last {
				return false
			}
			last = e.Service
			return w.deps.touched(w, last, b)
		})
	})
}

// answeredBy are the dependencies on services for which another one answers, at least in part.
func (d *dependencies) answeredBy(id mesh.ServiceID) []*edge {
	d.findStandIns.Do(func() {
		d.standIns = map[mesh.ServiceID][]*edge{}
		for _, dep := range d.edges {
			seen := map[*mesh.Service]bool{dep.callee: true}
			for _, e := range dep.callee.Endpoints {
				if by := ownerOf(e); by != nil && !seen[by] {
					seen[by] = true
					d.standIns[by.ID] = append(d.standIns[by.ID], dep)
				}
			}
		}
	})
	return d.standIns[id]
}

// standInShares are the shares of calls that others than the callee answer in one failure.
type standInShares struct {
	asksOf
	known map[*stand][]served
}

// of is the share of a dependency's calls that a service answers for the callee, over the caller's surviving copies.
func (x *standInShares) of(dep *edge, by mesh.ServiceID) float64 {
	share, copies := 0.0, 0
	for i, ep := range dep.caller.Endpoints {
		c := dep.stands[i]
		if c == nil || ep.Service != nil && ep.Service != dep.caller || x.blast.endpoint(dep.caller, ep) != no {
			continue
		}
		copies++
		for _, s := range x.answeredElsewhere(c) {
			if s.by.ID == by {
				share += s.share
			}
		}
	}
	if copies == 0 {
		return 0
	}
	return share / float64(copies)
}

// answeredElsewhere are the shares of a caller's calls that others answer, each on the port on which it is the largest.
func (x *standInShares) answeredElsewhere(c *stand) []served {
	list, ok := x.known[c]
	if ok {
		return list
	}
	c.once.Do(func() { c.calls = x.w.callsOf(c) })
	e := x.w.aside()
	for i := range c.calls {
		e.blast, e.fault, e.client = x.blast, x.fault, c.Client
		a := e.evaluate(c.calls[i].asked)
		if a == nil {
			continue
		}
		for _, s := range a.elsewhere {
			at := slices.IndexFunc(list, func(k served) bool { return k.by == s.by })
			if at < 0 {
				list = append(list, s)
			} else {
				list[at].share = max(list[at].share, s.share)
			}
		}
		e.recycle(a)
	}
	if x.known == nil {
		x.known = map[*stand][]served{}
	}
	x.known[c] = list
	return list
}

// missElsewhere lowers an answer by what other services miss that answer for the asked one, and returns the share of the
// requests that it answers itself.
func (w *worker) missElsewhere(f *asking, a *Answer) (own float64) {
	own = 1
	for _, o := range a.elsewhere {
		own -= o.share
		missing, ok := w.deps.outage(w, f.blast, f.fault)[o.by.ID]
		switch {
		case !ok:
		case missing.share == 0:
			if missing.unknown != "" && a.FailingShare == 0 {
				a.Outcome, a.Reason, a.Undecided = Unknown, missing.unknown, nil
				a.Causes = keepCauses(a.Causes, CauseExposed)
			}
		default:
			if w.detail {
				a.addCause(missing.cause)
			}
			if w.traces {
				a.Trace = append(a.Trace, missing.cause.Detail)
			}
			a.FailingShare = round(a.FailingShare + o.share*missing.share)
			a.Outcome, a.Reason = Degraded, missing.cause.Detail
			if a.FailingShare >= 1 {
				a.Outcome, a.FailingShare, a.Recovery, a.Destinations = Lost, 1, Recovery{}, nil
			}
		}
	}
	if own < 1e-9 {
		return 0
	}
	return own
}
