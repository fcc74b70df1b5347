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

// lacks reports whether a scenario takes something from a service, or from another one that answers for it, through
// dependencies.
func (w *worker) lacks(s *mesh.Service, b *Blast) bool {
	if w.deps.touched(w, s, b) {
		return true
	}
	var last *mesh.Service
	return slices.ContainsFunc(s.Endpoints, func(e *mesh.Endpoint) bool {
		if e.Service == nil || e.Service == s || e.Service == last {
			return false
		}
		last = e.Service
		return w.deps.touched(w, last, b)
	})
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
