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
	// Taking are the endpoints that take the requests, and Next those in later tiers; those behind a
	// gateway stand in its place. Addresses that these callers cannot reach are left out.
	Taking, Next []*mesh.Endpoint
}

// SameElsewhere are the services of the same mesh, namespace and name that other clusters have for themselves.
func (m *Model) SameElsewhere(s *mesh.Service) []*mesh.Service {
	var out []*mesh.Service
	for _, other := range m.graph.Services {
		if other != s && other.Mesh == s.Mesh && other.Namespace == s.Namespace && other.Name == s.Name && !other.External && !s.External {
			out = append(out, other)
		}
	}
	return out
}

// Usual tells where the callers of a service send requests on a normal day. Those whom policies
// refuse even then are no callers. It compiles the views of all callers.
func (m *Model) Usual(s *mesh.Service) Usual {
	e, _ := m.usuals.Get().(*evaluator)
	if e == nil {
		e = &evaluator{}
	}
	defer m.usuals.Put(e)
	defer e.forget()
	e.graph, e.blast, e.fault = m.graph, quiet, Crash
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
	sends := r.Sends()
	for i := range sends {
		to := &sends[i]
		pool := e.poolOf(q, to)
		if pool == nil || to.Weight == 0 && len(sends) > 1 {
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
		use := Use{Client: q.Client, View: q.view, Rule: r, Pool: pool}
		for _, i := range d.used {
			use.Taking = e.reached(use.Taking, d.hosts[i].ep)
		}
		for n, t := range d.arr.Tiers {
			for _, g := range t.Groups {
				for _, ep := range g.Endpoints {
					if n > 0 {
						use.Next = e.reached(use.Next, ep)
					}
				}
			}
		}
		uses = append(uses, use)
	}
	if admitted {
		out.Uses = append(out.Uses, uses...)
	}
}

// reached adds what the clients reach through an address.
func (e *evaluator) reached(list []*mesh.Endpoint, ep *mesh.Endpoint) []*mesh.Endpoint {
	switch {
	case len(ep.Behind) > 0:
		return append(list, ep.Behind...)
	case ep.Gateway == nil && !e.unreachable(ep):
		return append(list, ep)
	}
	return list
}
