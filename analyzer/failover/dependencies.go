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
		if b.reaches(to) || d.reaches(to, b, seen) {
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
	lost, cause := d.missing(w, w.blast, w.fault, q.Service, map[mesh.ServiceID]bool{q.Service.ID: true})
	if lost == 0 {
		return
	}
	a.addCause(cause)
	if w.traces {
		a.Trace = append(a.Trace, cause.Detail)
	}
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
func (d *dependencies) missing(w *worker, b *Blast, f Fault, s *mesh.Service, path map[mesh.ServiceID]bool) (float64, Cause) {
	var worst float64
	var why Cause
	for _, dep := range d.of[s.ID] {
		to := d.graph.Service(dep.To)
		if to == nil || path[dep.To] {
			continue
		}
		share, detail := w.shareWithout(b, f, s, to)
		if share < 1 {
			path[dep.To] = true
			if deeper, c := d.missing(w, b, f, to, path); deeper > share {
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

// callKey names the calls of one service to another under one failure.
type callKey struct {
	from, to *mesh.Service
	blast    *Blast
	fault    Fault
}

type callShare struct {
	lost   float64
	reason string
}

// shareWithout asks, from each place where s survives, what happens to its calls to a
// dependency: the share of s's copies, weighted by how many of their calls fail.
func (w *worker) shareWithout(b *Blast, f Fault, s, to *mesh.Service) (float64, string) {
	if !b.reaches(to) {
		return 0, ""
	}
	k := callKey{s, to, b, f}
	if known, ok := w.known[k]; ok {
		return known.lost, known.reason
	}
	if w.side == nil || len(w.side.days) > 4096 {
		w.side = &evaluator{sim: sim{graph: w.graph}}
	}
	total, lost, reason := 0, 0.0, ""
	asked := map[*mesh.Client]float64{}
	for _, ep := range s.Endpoints {
		if ep.Workload == nil || b.endpoint(s, ep) != no {
			continue
		}
		c := w.deps.clientOf(ep)
		if c == nil {
			continue
		}
		worst, ok := asked[c]
		if !ok {
			worst = w.callsFail(b, f, to, c)
			asked[c] = worst
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
	if total > 0 {
		lost /= float64(total)
	}
	if w.known == nil {
		w.known = map[callKey]callShare{}
	}
	w.known[k] = callShare{lost, reason}
	return lost, reason
}

// callsFail is the failing share of one client's calls to a service, on its worst port; below
// zero if nothing is known.
func (w *worker) callsFail(b *Blast, f Fault, to *mesh.Service, c *mesh.Client) float64 {
	worst := -1.0
	for _, p := range to.Ports {
		if p.Protocol == mesh.UDP {
			continue
		}
		w.side.blast, w.side.fault, w.side.client = b, f, c
		if a := w.side.evaluate(Question{Service: to, Port: p.Number, Client: c}); a != nil && a.Outcome != Unknown {
			worst = max(worst, a.FailingShare)
		}
	}
	return worst
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
