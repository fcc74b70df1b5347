package diff

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// strangers tells of callers that got through on a normal day and do no longer: they have no cells in the head, and would be
// passed over. Only those that are known to need the service are told of: to a mesh without policies everybody is a caller.
func (e *explainer) strangers(p *surveyed) {
	for _, x := range p.refused {
		need, needed := needsStill(e.head.Graph, p.head, x.client)
		if !needed {
			continue
		}
		q := failover.Question{Service: p.base, Port: x.port, Client: x.client}
		answer := failover.Evaluate(e.base.Graph, q, failover.NewBlast(e.base.Graph, failover.None), failover.Crash)
		if answer == nil || answer.Outcome == failover.Lost {
			continue
		}
		if verdict, at := admits(p.head, x.client, e.head.Graph); verdict == mesh.Denied {
			e.refuse(p, x.port, x.client, need, answer, at)
			continue
		}
		change, head := hidden(e.head.Graph, p.head, x, need, answer)
		e.stranger(p, x.port, x.client, need, answer, change, head)
	}
	e.turnedAway(p)
}

// refuse tells of callers that policies refuse now.
func (e *explainer) refuse(p *surveyed, port int, c *mesh.Client, need *mesh.Dependency, before *failover.Answer, at mesh.Origin) {
	why := "policies refuse these callers on a normal day"
	e.stranger(p, port, c, need, before, Worse, &failover.Answer{
		Outcome: failover.Lost, FailingShare: 1, Reason: why, Before: before.Before,
		Causes: []failover.Cause{{Kind: failover.CauseRefused, Origin: at, Detail: why}},
	})
}

// stranger tells what becomes of the requests of callers on a normal day.
func (e *explainer) stranger(p *surveyed, port int, c *mesh.Client, need *mesh.Dependency, before *failover.Answer, change Change, after *failover.Answer) {
	cell := func(s *mesh.Service, a *failover.Answer) *failover.Cell {
		return &failover.Cell{Service: s, Port: port, Client: c, Scenario: failover.None, Fault: failover.Crash, Answer: a}
	}
	one := told{change: change, level: analyzer.Warning}
	one.Base, one.Head = cell(p.base, before), cell(p.head, after)
	one.ID = one.Base.ID()
	if need.Strong && failover.HasIntent(p.head) {
		one.level = analyzer.Error
	}
	e.result.Cells.add(change, 1)
	e.pairs = append(e.pairs, one)
}

// hidden is the answer to callers that do not see the service any more, or of whose requests the mesh sends none to it: refused by their
// own proxies, or sent elsewhere.
func hidden(g *mesh.Graph, s *mesh.Service, x stranger, need *mesh.Dependency, before *failover.Answer) (Change, *failover.Answer) {
	why := "the mesh sends no request of these callers to the service any more; what becomes of their requests is not predicted"
	if len(s.Ports) > 0 && x.port > 0 && !slices.ContainsFunc(s.Ports, func(p mesh.Port) bool { return p.Number == x.port }) {
		why = fmt.Sprintf("the service has no port %d any more; whether these callers still use it is not in the inputs", x.port)
	}
	var at []mesh.Origin
	for _, f := range g.Facts {
		if f.Kind != mesh.FactHidden || f.Other != need.To || f.Service != need.From {
			continue
		}
		if f.Harm {
			why = "these callers do not see the service any more, and their proxies refuse every request to it"
			return Worse, &failover.Answer{
				Outcome: failover.Lost, FailingShare: 1, Authorized: true, Reason: why, Before: before.Before,
				Causes: []failover.Cause{{Kind: failover.CauseRefused, Origin: f.Origin, Detail: why}},
			}
		}
		why, at = "these callers do not see the service any more; what becomes of requests that go past the mesh is not predicted", []mesh.Origin{f.Origin}
	}
	return Unproven, &failover.Answer{Outcome: failover.Unknown, Authorized: true, Before: before.Before, Reason: why, Undecided: at}
}

// needsStill finds a dependency on the service, a strong one if there is one, of some of the callers that still runs where they are.
func needsStill(g *mesh.Graph, s *mesh.Service, c *mesh.Client) (need *mesh.Dependency, ok bool) {
	for _, d := range g.Dependencies {
		if d.To == s.ID && (need == nil || d.Strong && !need.Strong) && isOf(g, d, c) {
			need = d
		}
	}
	return need, need != nil
}

// isOf reports whether a dependency is one of callers: of the workload that it names, or of another copy of the service that needs it.
func isOf(g *mesh.Graph, d *mesh.Dependency, c *mesh.Client) bool {
	among := func(w *mesh.Workload) bool {
		return w != nil && w.Cluster == c.Cluster && w.Namespace == c.Namespace &&
			(len(c.Workloads) == 0 || slices.ContainsFunc(c.Workloads, func(o *mesh.Workload) bool { return o.ID == w.ID }))
	}
	if among(d.Caller) {
		return runsAt(g, d.Caller, c.Locality)
	}
	from := g.Service(d.From)
	return d.Caller != nil && from != nil && slices.ContainsFunc(from.Endpoints, func(e *mesh.Endpoint) bool { return e.Locality == c.Locality && among(e.Workload) })
}

// runsAt reports whether a workload has pods at a place. One of which no pod is known anywhere may have.
func runsAt(g *mesh.Graph, w *mesh.Workload, at mesh.Locality) bool {
	elsewhere := false
	for _, c := range g.Clients {
		if slices.Contains(c.Workloads, w) {
			if c.Locality == at {
				return true
			}
			elsewhere = true
		}
	}
	for _, s := range g.Services {
		for _, e := range s.Endpoints {
			if e.Workload == w {
				if e.Locality == at {
					return true
				}
				elsewhere = true
			}
		}
	}
	return !elsewhere && (!w.Replicas.IsKnown() || w.Replicas.V > 0)
}

// admits is what the service's own endpoints say to callers that it has no cell of, and the policy that decides. Where some refuse them,
// those are the ones that their requests reach: callers whose requests reach others have cells.
func admits(s *mesh.Service, c *mesh.Client, g *mesh.Graph) (mesh.Verdict, mesh.Origin) {
	i := slices.IndexFunc(g.Clients, func(o *mesh.Client) bool {
		return o.Cluster == c.Cluster && o.Namespace == c.Namespace && o.Kind == c.Kind && (len(c.Principals) == 0 || slices.Equal(o.Principals, c.Principals))
	})
	if i >= 0 {
		c = g.Clients[i]
	}
	var at mesh.Origin
	refused := 0
	for _, e := range s.Endpoints {
		if e.Inbound == nil || e.Inbound.Authorization == nil {
			continue
		}
		caller := mesh.Caller{Namespace: c.Namespace, Port: e.Port}
		if len(c.Principals) > 0 {
			caller.Principal = c.Principals[0]
		}
		if v, origin := e.Inbound.Authorization.Decide(caller); v == mesh.Denied {
			refused++
			at = origin
		}
	}
	if refused > 0 {
		return mesh.Denied, at
	}
	return mesh.Allowed, mesh.Origin{}
}
