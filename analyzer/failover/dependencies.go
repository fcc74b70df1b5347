package failover

import (
	"fmt"

	"github.com/passmuster/muster/mesh"
)

// dependencies carry the failure of a strong dependency to its callers: a service whose only
// copy of something it cannot do without dies with the domain does not survive either.
type dependencies struct {
	graph *mesh.Graph
	of    map[mesh.ServiceID][]*mesh.Dependency
	// at finds the client class of a workload in a place.
	at map[*mesh.Workload][]*mesh.Client
}

func newDependencies(g *mesh.Graph) *dependencies {
	d := &dependencies{graph: g, of: map[mesh.ServiceID][]*mesh.Dependency{}, at: map[*mesh.Workload][]*mesh.Client{}}
	for _, dep := range g.Dependencies {
		if dep.Strong && dep.From != "" && dep.From != dep.To {
			d.of[dep.From] = append(d.of[dep.From], dep)
		}
	}
	for _, c := range g.Clients {
		for _, w := range c.Workloads {
			d.at[w] = append(d.at[w], c)
		}
	}
	return d
}

// touched reports whether a scenario reaches anything that s depends on, however indirectly.
func (d *dependencies) touched(s *mesh.Service, b *Blast) bool {
	return d.reaches(s, b, map[mesh.ServiceID]bool{s.ID: true})
}

func (d *dependencies) reaches(s *mesh.Service, b *Blast, seen map[mesh.ServiceID]bool) bool {
	for _, dep := range d.of[s.ID] {
		to := d.graph.Service(dep.To)
		if to == nil || seen[dep.To] {
			continue
		}
		seen[dep.To] = true
		for _, e := range to.Endpoints {
			if b.endpoint(to, e) != no {
				return true
			}
		}
		if d.reaches(to, b, seen) {
			return true
		}
	}
	return false
}

// apply lowers an answer by what the surviving copies of the service miss of their dependencies.
func (d *dependencies) apply(w *worker, q Question, a *Answer) {
	if len(d.of[q.Service.ID]) == 0 || a.Outcome == Lost {
		return
	}
	lost, cause := d.missing(w.graph, w.blast, w.fault, q.Service, map[mesh.ServiceID]bool{q.Service.ID: true})
	if lost == 0 {
		return
	}
	a.addCause(cause)
	a.Trace = append(a.Trace, cause.Detail)
	a.FailingShare = round(1 - (1-a.FailingShare)*(1-lost))
	a.Outcome = Degraded
	if a.FailingShare >= 1 {
		a.Outcome, a.FailingShare, a.Recovery = Lost, 1, Recovery{}
	}
	a.Reason = cause.Detail
	if a.FailingShare >= 1 {
		a.Destinations = nil
	}
}

// missing is the share of s's surviving capacity that cannot reach one of its strong
// dependencies, with the worst one as cause.
func (d *dependencies) missing(g *mesh.Graph, b *Blast, f Fault, s *mesh.Service, path map[mesh.ServiceID]bool) (float64, Cause) {
	var worst float64
	var why Cause
	for _, dep := range d.of[s.ID] {
		to := g.Service(dep.To)
		if to == nil || path[dep.To] {
			continue
		}
		share, detail := d.unreachableShare(g, b, f, s, to)
		if share < 1 {
			path[dep.To] = true
			if deeper, c := d.missing(g, b, f, to, path); deeper > share {
				share, detail = deeper, fmt.Sprintf("%s needs %s; %s", s.Name, to.Name, c.Detail)
			}
			delete(path, dep.To)
		}
		if share > worst {
			worst = share
			if detail == "" {
				detail = fmt.Sprintf("%s needs %s, which is lost", s.Name, to.Name)
			}
			why = Cause{Kind: CauseDependency, Origin: dep.Origin, Detail: detail, Related: []mesh.Evidence{{What: to.Name + " is defined here", Origin: to.Origin}}}
		}
	}
	return worst, why
}

// unreachableShare asks, from each place where s survives, what happens to its calls to a
// dependency.
func (d *dependencies) unreachableShare(g *mesh.Graph, b *Blast, f Fault, s, to *mesh.Service) (float64, string) {
	total, lost := 0, 0.0
	reason := ""
	for _, ep := range s.Endpoints {
		if b.endpoint(s, ep) != no || ep.Workload == nil {
			continue
		}
		c := d.clientOf(ep)
		if c == nil {
			continue
		}
		worst := -1.0
		for _, p := range to.Ports {
			if p.Protocol == mesh.UDP {
				continue
			}
			e := evaluator{sim: sim{graph: g, blast: b, fault: f, client: c, detail: false, answer: &Answer{}}}
			a := e.evaluate(Question{Service: to, Port: p.Number, Client: c})
			if a == nil || a.Outcome == Unknown {
				continue
			}
			if a.FailingShare > worst {
				worst = a.FailingShare
			}
		}
		if worst < 0 {
			continue
		}
		total++
		lost += worst
		if worst > 0 && reason == "" {
			reason = fmt.Sprintf("%s in %s needs %s, of which %.0f %% of the calls fail", s.Name, ep.Cluster, to.Name, 100*worst)
			if worst >= 1 {
				reason = fmt.Sprintf("%s in %s needs %s, which is gone", s.Name, ep.Cluster, to.Name)
			}
		}
	}
	if total == 0 {
		return 0, ""
	}
	return lost / float64(total), reason
}

func (d *dependencies) clientOf(ep *mesh.Endpoint) *mesh.Client {
	var first *mesh.Client
	for _, c := range d.at[ep.Workload] {
		if c.Locality == ep.Locality {
			return c
		}
		if first == nil {
			first = c
		}
	}
	return first
}
