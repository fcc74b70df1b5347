package failover

import "github.com/passmuster/muster/mesh"

// Usual is where the requests of a service's callers go while nothing fails.
type Usual struct {
	Uses []Use
	// Unknown tells what the inputs do not decide about it; "" = nothing.
	Unknown string
}

// Use is one pool that one class of callers sends requests to on a normal day.
type Use struct {
	Client *mesh.Client
	View   *mesh.View // what the callers know of the service
	Rule   *mesh.RouteRule
	Pool   *mesh.Pool
	// Tiers is the pool as these callers hold it.
	Tiers []mesh.Tier
	// Taking are the endpoints that take the requests; those behind a gateway in its place.
	// Addresses that these callers cannot reach are left out.
	Taking []*mesh.Endpoint
}

// Usual tells where the callers of a service send requests on a normal day. Those whom policies
// refuse even then are no callers. It compiles the views of all callers.
func (m *Model) Usual(s *mesh.Service) Usual {
	e := evaluator{sim: sim{graph: m.graph, blast: quiet, fault: Crash}}
	var out Usual
	for _, q := range m.questions(s) {
		if q.Subset != "" {
			continue
		}
		if gap := e.gapOf(q); gap != nil {
			out.Unknown = gapReason(gap)
			return out
		}
		e.client = q.Client
		for _, r := range q.rules {
			if r.Direct == "" {
				e.usual(q, r, &out)
			}
		}
	}
	return out
}

// usual adds the pools that one rule sends requests to, unless policies refuse them all.
func (e *evaluator) usual(q *asked, r *mesh.RouteRule, out *Usual) {
	var uses []Use
	admitted := false
	for i := range r.To {
		to := &r.To[i]
		pool := e.poolOf(q, to)
		if pool == nil || to.Weight == 0 && len(r.To) > 1 {
			continue
		}
		if pool.Discovery == mesh.OriginalDst {
			out.Unknown = "callers pick the address of " + pool.Host + " themselves"
			continue
		}
		e.pool = pool
		d := e.today()
		if !d.ok || d.refused >= 1-1e-9 && !d.nameless {
			continue
		}
		admitted = true
		use := Use{Client: q.Client, View: q.view, Rule: r, Pool: pool, Tiers: d.arr.Tiers}
		for _, ep := range d.used {
			switch {
			case len(ep.Behind) > 0:
				use.Taking = append(use.Taking, ep.Behind...)
			case ep.Gateway == nil && !e.unreachable(ep):
				use.Taking = append(use.Taking, ep)
			}
		}
		uses = append(uses, use)
	}
	if admitted {
		out.Uses = append(out.Uses, uses...)
	}
}
