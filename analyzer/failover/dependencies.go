package failover

import (
	"cmp"
	"fmt"
	"sync"

	"github.com/passmuster/muster/mesh"
)

// dependencies carry the failure of a strong dependency to its callers: a service whose only
// copy of something it cannot do without dies with the domain does not survive either.
type dependencies struct {
	graph *mesh.Graph
	into  map[mesh.ServiceID][]*edge // by callee
	from  map[mesh.ServiceID]bool

	mu      sync.Mutex
	outages map[failure]*outage
}

// edge is one strong dependency. Clients stand for the caller's endpoints, in their order: who
// calls from there, as far as the callee can tell callers apart; nil where nobody is known.
type edge struct {
	*mesh.Dependency
	caller  *mesh.Service
	clients []*mesh.Client
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

// loss is the share of a service's surviving copies that misses a dependency, and why; or, where
// that is not known, what is not.
type loss struct {
	share   float64
	cause   Cause
	unknown string
}

func newDependencies(g *mesh.Graph) *dependencies {
	d := &dependencies{graph: g, into: map[mesh.ServiceID][]*edge{}, from: map[mesh.ServiceID]bool{}, outages: map[failure]*outage{}}
	at := map[*mesh.Workload][]*mesh.Client{}
	for _, c := range g.Clients {
		for _, w := range c.Workloads {
			at[w] = append(at[w], c)
		}
	}
	stands := map[alikeKey]*mesh.Client{}
	for _, dep := range g.Dependencies {
		from, to := g.Service(dep.From), g.Service(dep.To)
		if !dep.Strong || from == nil || to == nil || from == to {
			continue
		}
		e := &edge{Dependency: dep, caller: from, clients: make([]*mesh.Client, len(from.Endpoints))}
		for i, ep := range from.Endpoints {
			if c := clientOf(at, ep); c != nil {
				e.clients[i] = alike(g, stands, to, c)
			}
		}
		d.into[dep.To] = append(d.into[dep.To], e)
		d.from[dep.From] = true
	}
	return d
}

// touched reports whether a scenario takes anything away that s depends on, however indirectly.
func (d *dependencies) touched(w *worker, s *mesh.Service, b *Blast) bool {
	if !d.from[s.ID] || b.local {
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
func (d *dependencies) apply(w *worker, q *asked, a *Answer) {
	if !d.from[q.Service.ID] || a.Outcome == Lost || w.blast.local || w.blast.Scenario.IsNone() {
		return
	}
	lost, ok := d.outage(w, w.blast, w.fault)[q.Service.ID]
	if !ok {
		return
	}
	if lost.share == 0 {
		if a.FailingShare == 0 {
			a.Outcome, a.Reason = Unknown, lost.unknown
			a.Causes = keepCauses(a.Causes, CauseExposed)
		}
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
	worsen := func(dep *edge, share float64, detail string, to *mesh.Service) {
		if share > lost[dep.From].share+1e-9 {
			lost[dep.From] = loss{share: share, cause: Cause{Kind: CauseDependency, Origin: dep.Origin, Detail: detail,
				Related: []mesh.Evidence{{What: to.Name + " is defined here", Origin: to.Origin}}}}
			queue = append(queue, dep.From)
		}
	}
	doubt := func(dep *edge, to *mesh.Service, reason string) {
		if _, known := lost[dep.From]; reason != "" && !known {
			lost[dep.From] = loss{unknown: fmt.Sprintf("%s needs %s: %s", dep.caller.Name, to.Name, reason)}
			queue = append(queue, dep.From)
		}
	}
	for _, to := range d.graph.Services {
		callers := d.into[to.ID]
		if len(callers) == 0 || !b.reaches(to) {
			continue
		}
		if len(e.days) > keptDays {
			e.forget()
		}
		answers := map[*mesh.Client]callAnswer{}
		for _, dep := range callers {
			share, detail, unknown := callsLost(e, b, f, dep, to, answers)
			if share > 0 {
				worsen(dep, share, detail, to)
			}
			doubt(dep, to, unknown)
		}
	}
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		to := d.graph.Service(id)
		for _, dep := range d.into[id] {
			doubt(dep, to, lost[id].unknown)
			if lost[id].share > lost[dep.From].share {
				worsen(dep, lost[id].share, fmt.Sprintf("%s needs %s; %s", dep.caller.Name, to.Name, lost[id].cause.Detail), to)
			}
		}
	}
	return lost
}

// callAnswer is what happens to one client's calls; worst is below zero if nothing is known.
type callAnswer struct {
	worst   float64
	unknown string
}

// keptDays bounds what an evaluator remembers of normal days.
const keptDays = 50_000

// callsLost asks, from each place where a caller survives, what happens to its calls: the share
// of its copies, weighted by how many of their calls fail. Callers that a service cannot tell
// apart share one answer.
func callsLost(e *evaluator, b *Blast, f Fault, dep *edge, to *mesh.Service, answers map[*mesh.Client]callAnswer) (lost float64, reason, unknown string) {
	total := 0
	for i, ep := range dep.caller.Endpoints {
		c := dep.clients[i]
		if c == nil || b.endpoint(dep.caller, ep) != no {
			continue
		}
		answer, ok := answers[c]
		if !ok {
			answer.worst, answer.unknown = callsFail(e, b, f, to, c)
			answers[c] = answer
		}
		unknown = cmp.Or(unknown, answer.unknown)
		worst := answer.worst
		if worst < 0 {
			continue
		}
		total++
		lost += worst
		if worst > 0 && reason == "" {
			reason = fmt.Sprintf("%s in %s needs %s, of which %.0f %% of the calls fail", dep.caller.Name, ep.Cluster, to.Name, 100*worst)
			if worst >= 1 {
				reason = fmt.Sprintf("%s in %s needs %s, which is gone", dep.caller.Name, ep.Cluster, to.Name)
			}
		}
	}
	if total == 0 {
		return 0, "", unknown
	}
	return lost / float64(total), reason, unknown
}

// callsFail is the share of one client's calls to a service that the failure makes fail, on the
// worst port; below zero if nothing is known, with the reason if the inputs do not decide.
func callsFail(e *evaluator, b *Blast, f Fault, to *mesh.Service, c *mesh.Client) (float64, string) {
	worst, unknown := -1.0, ""
	for _, p := range to.Ports {
		if p.Protocol == mesh.UDP {
			continue
		}
		e.blast, e.fault, e.client = b, f, c
		q := e.ask(Question{Service: to, Port: p.Number, Client: c})
		a := e.evaluate(q)
		switch {
		case a == nil:
		case a.Outcome == Unknown:
			unknown = cmp.Or(unknown, a.Reason)
		case a.FailingShare == 0:
			worst = max(worst, 0)
		default:
			e.blast = quiet
			if day := e.evaluate(q); day != nil && day.Outcome != Unknown && day.FailingShare >= a.FailingShare {
				continue // broken before, and not by this
			}
			worst = max(worst, a.FailingShare)
		}
	}
	return worst, unknown
}

// clientOf is the class of callers that an endpoint's own calls belong to.
func clientOf(at map[*mesh.Workload][]*mesh.Client, ep *mesh.Endpoint) *mesh.Client {
	if ep.Workload == nil {
		return nil
	}
	var first *mesh.Client
	for _, c := range at[ep.Workload] {
		if c.Locality == ep.Locality {
			return c
		}
		if first == nil {
			first = c
		}
	}
	return first
}

// alikeKey is everything by which a service can tell callers apart.
type alikeKey struct {
	service                                *mesh.Service
	class, cluster, network, admit, labels string
	locality                               mesh.Locality
	kind                                   mesh.ClientKind
}

// alike returns one client that stands for all those that a service cannot tell from c.
func alike(g *mesh.Graph, stands map[alikeKey]*mesh.Client, to *mesh.Service, c *mesh.Client) *mesh.Client {
	k := alikeKey{to, g.Class(to, c), c.Cluster, c.Network, admitted(to, c), priorityLabels(g.View(to, c), c), c.Locality, c.Kind}
	if known := stands[k]; known != nil {
		return known
	}
	stands[k] = c
	return c
}

// admitted writes down the verdict of each policy that guards a service on a caller's
// identities.
func admitted(to *mesh.Service, c *mesh.Client) string {
	var out []byte
	var last *mesh.Authorization
	for _, ep := range to.Endpoints {
		if ep.Inbound == nil || ep.Inbound.Authorization == last {
			continue
		}
		last = ep.Inbound.Authorization
		verdict := mesh.Denied
		for _, p := range c.Principals {
			if v, _ := last.Decide(mesh.Caller{Principal: p, Namespace: c.Namespace, Port: ep.Port}); v != mesh.Denied {
				verdict = v
				break
			}
		}
		out = append(out, byte('0'+verdict))
	}
	return string(out)
}
