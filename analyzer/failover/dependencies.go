package failover

import (
	"fmt"
	"sync"

	"github.com/passmuster/muster/mesh"
)

// dependencies carry the failure of a strong dependency to its callers: a service whose only
// copy of something it cannot do without dies with the domain does not survive either.
type dependencies struct {
	graph *mesh.Graph
	into  map[mesh.ServiceID][]*mesh.Dependency // by callee
	from  map[mesh.ServiceID]bool
	// at finds the client classes of a workload.
	at map[*mesh.Workload][]*mesh.Client

	mu      sync.Mutex
	outages map[failure]*outage
}

// failure is a scenario under a fault.
type failure struct {
	blast *Blast
	fault Fault
}

// outage is what one failure does to services through their dependencies. It is computed once,
// for all services.
type outage struct {
	once sync.Once
	lost map[mesh.ServiceID]loss
}

// loss is the share of a service's surviving copies that misses a dependency, and why.
type loss struct {
	share float64
	cause Cause
}

func newDependencies(g *mesh.Graph) *dependencies {
	d := &dependencies{graph: g, into: map[mesh.ServiceID][]*mesh.Dependency{}, from: map[mesh.ServiceID]bool{},
		at: map[*mesh.Workload][]*mesh.Client{}, outages: map[failure]*outage{}}
	for _, dep := range g.Dependencies {
		if dep.Strong && dep.From != "" && dep.From != dep.To {
			d.into[dep.To] = append(d.into[dep.To], dep)
			d.from[dep.From] = true
		}
	}
	for _, c := range g.Clients {
		for _, w := range c.Workloads {
			d.at[w] = append(d.at[w], c)
		}
	}
	return d
}

// touched reports whether a scenario takes anything away that s depends on, however indirectly.
func (d *dependencies) touched(w *worker, s *mesh.Service, b *Blast) bool {
	if !d.from[s.ID] {
		return false
	}
	for _, f := range w.o.Faults {
		if _, ok := d.outage(w, b, f)[s.ID]; ok {
			return true
		}
	}
	return false
}

// apply lowers an answer by what the surviving copies of the service miss of their dependencies.
func (d *dependencies) apply(w *worker, q Question, a *Answer) {
	if !d.from[q.Service.ID] || a.Outcome == Lost || w.blast.Scenario.IsNone() {
		return
	}
	lost, ok := d.outage(w, w.blast, w.fault)[q.Service.ID]
	if !ok {
		return
	}
	a.addCause(lost.cause)
	if w.traces {
		a.Trace = append(a.Trace, lost.cause.Detail)
	}
	a.FailingShare = round(1 - (1-a.FailingShare)*(1-lost.share))
	a.Outcome, a.Reason = Degraded, lost.cause.Detail
	if a.FailingShare >= 1 {
		a.Outcome, a.FailingShare, a.Recovery, a.Destinations = Lost, 1, Recovery{}, nil
	}
}

// outage returns what a failure takes from services through their dependencies: first the calls
// that fail themselves, then, from callee to caller, everything that cannot do without these.
func (d *dependencies) outage(w *worker, b *Blast, f Fault) map[mesh.ServiceID]loss {
	d.mu.Lock()
	o := d.outages[failure{b, f}]
	if o == nil {
		o = &outage{}
		d.outages[failure{b, f}] = o
	}
	d.mu.Unlock()
	o.once.Do(func() { o.lost = d.spread(w.aside(), b, f) })
	return o.lost
}

func (d *dependencies) spread(e *evaluator, b *Blast, f Fault) map[mesh.ServiceID]loss {
	lost := map[mesh.ServiceID]loss{}
	var queue []mesh.ServiceID
	worsen := func(dep *mesh.Dependency, share float64, detail string, to *mesh.Service) {
		if share > lost[dep.From].share+1e-9 {
			lost[dep.From] = loss{share, Cause{Kind: CauseDependency, Origin: dep.Origin, Detail: detail,
				Related: []mesh.Evidence{{What: to.Name + " is defined here", Origin: to.Origin}}}}
			queue = append(queue, dep.From)
		}
	}
	for _, to := range d.graph.Services {
		callers := d.into[to.ID]
		if len(callers) == 0 || !b.reaches(to) {
			continue
		}
		e.forget()
		for _, dep := range callers {
			if from := d.graph.Service(dep.From); from != nil {
				if share, detail := d.callsLost(e, b, f, from, to); share > 0 {
					worsen(dep, share, detail, to)
				}
			}
		}
	}
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		to := d.graph.Service(id)
		for _, dep := range d.into[id] {
			if from := d.graph.Service(dep.From); from != nil && to != nil {
				worsen(dep, lost[id].share, fmt.Sprintf("%s needs %s; %s", from.Name, to.Name, lost[id].cause.Detail), to)
			}
		}
	}
	return lost
}

// callsLost asks, from each place where a caller survives, what happens to its calls: the share
// of its copies, weighted by how many of their calls fail.
func (d *dependencies) callsLost(e *evaluator, b *Blast, f Fault, from, to *mesh.Service) (float64, string) {
	total, lost, reason := 0, 0.0, ""
	asked := map[*mesh.Client]float64{}
	for _, ep := range from.Endpoints {
		if ep.Workload == nil || b.endpoint(from, ep) != no {
			continue
		}
		c := d.clientOf(ep)
		if c == nil {
			continue
		}
		worst, ok := asked[c]
		if !ok {
			worst = callsFail(e, b, f, to, c)
			asked[c] = worst
		}
		if worst < 0 {
			continue
		}
		total++
		lost += worst
		if worst > 0 && reason == "" {
			reason = fmt.Sprintf("%s in %s needs %s, of which %.0f %% of the calls fail", from.Name, ep.Cluster, to.Name, 100*worst)
			if worst >= 1 {
				reason = fmt.Sprintf("%s in %s needs %s, which is gone", from.Name, ep.Cluster, to.Name)
			}
		}
	}
	if total == 0 {
		return 0, ""
	}
	return lost / float64(total), reason
}

// callsFail is the failing share of one client's calls to a service, on its worst port; below
// zero if nothing is known.
func callsFail(e *evaluator, b *Blast, f Fault, to *mesh.Service, c *mesh.Client) float64 {
	worst := -1.0
	for _, p := range to.Ports {
		if p.Protocol == mesh.UDP {
			continue
		}
		e.blast, e.fault, e.client = b, f, c
		if a := e.evaluate(Question{Service: to, Port: p.Number, Client: c}); a != nil && a.Outcome != Unknown {
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
