package failover

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/passmuster/muster/mesh"
)

// dependencies carry the failure of a strong dependency to its callers: a service whose only
// copy of something it cannot do without dies with the domain does not survive either.
type dependencies struct {
	graph *mesh.Graph
	edges []*edge                    // callee by callee
	into  map[mesh.ServiceID][]*edge // by callee
	from  map[mesh.ServiceID]bool

	mu      sync.Mutex
	outages map[failure]*outage

	calls *callRows

	findStandIns sync.Once
	standIns     map[mesh.ServiceID][]*edge // by who answers for the callee
}

// edge is one strong dependency. Stands are the callers at the caller's endpoints, in their order,
// as far as the callee can tell callers apart; nil where nobody is known.
type edge struct {
	*mesh.Dependency
	number int // in dependencies.edges
	caller *mesh.Service
	callee *mesh.Service
	// clients and stands are in the order of the caller's endpoints.
	clients []*mesh.Client
	stands  []*stand
}

// stand stands for all callers of a service whom it cannot tell apart.
type stand struct {
	caller
	to     *mesh.Service
	number int // among those of the service
	once   sync.Once
	calls  []call
}

// failure is a scenario under a fault.
type failure struct {
	scenario string
	fault    Fault
}

// blastFault is a failure as one worker knows it.
type blastFault struct {
	blast *Blast
	fault Fault
}

// outage is what one failure does to services through their dependencies. It is computed once,
// for all services.
type outage struct {
	once   sync.Once
	known  atomic.Bool // that it is computed
	direct []numbered  // of the calls of edges themselves, where there is any, by the edge's number
	lost   map[mesh.ServiceID]lack

	// before is what was known before an update, and stale the edges whose calls are to be asked
	// again; nil = nothing was known, or it is not needed any more.
	before atomic.Pointer[outage]
	stale  []int
}

// loss is the share of a caller's surviving copies whose calls over an edge fail; or, where
// that is not known, what is not. The first of the copies that lose calls tells the story.
type loss struct {
	share   float64
	cluster string  // of that copy
	worst   float64 // the share of its calls that fail
	unknown string
}

// lack is the share of a service's surviving copies that misses a dependency, near or far.
type lack struct {
	share   float64
	cause   Cause
	unknown string
}

func newDependencies(g *mesh.Graph, callers *callers) *dependencies {
	d := &dependencies{graph: g, into: map[mesh.ServiceID][]*edge{}, from: map[mesh.ServiceID]bool{}, outages: map[failure]*outage{}, calls: newCallRows()}
	at := map[*mesh.Workload][]*mesh.Client{}
	for _, c := range g.Clients {
		for _, w := range c.Workloads {
			at[w] = append(at[w], c)
		}
	}
	for _, dep := range g.Dependencies {
		from, to := g.Service(dep.From), g.Service(dep.To)
		if !dep.Strong || from == nil || to == nil || from == to {
			continue
		}
		d.into[dep.To] = append(d.into[dep.To], &edge{Dependency: dep, caller: from, callee: to})
		d.from[dep.From] = true
	}
	var callees [][]*edge
	for _, to := range g.Services {
		into := d.into[to.ID]
		if len(into) > 0 {
			callees = append(callees, into)
		}
		for _, e := range into {
			e.number = len(d.edges)
			d.edges = append(d.edges, e)
			e.clients = make([]*mesh.Client, len(e.caller.Endpoints))
			for i, ep := range e.caller.Endpoints {
				e.clients[i] = clientOf(at, ep)
			}
		}
	}
	parallel(context.Background(), len(callees), 0, func() func(int) {
		return func(i int) { setStands(callers, callees[i]) }
	})
	return d
}

// setStands finds who stands for whom among the callers of one service.
func setStands(callers *callers, into []*edge) {
	if len(into) == 0 {
		return
	}
	stands := standsOf{callers: callers, to: into[0].callee, known: map[standKey]*stand{}, seen: map[*mesh.Client]*stand{}}
	for _, e := range into {
		e.stands = make([]*stand, len(e.clients))
		for i, c := range e.clients {
			if c != nil {
				e.stands[i] = stands.of(c)
			}
		}
	}
}

// next is the dependencies after an update of services. What was found about calls that do not
// lead to these stays.
func (d *dependencies) next(g *mesh.Graph, callers *callers, changed map[mesh.ServiceID]*mesh.Service) *dependencies {
	n := &dependencies{graph: g, edges: slices.Clone(d.edges), into: maps.Clone(d.into), from: d.from, outages: map[failure]*outage{}, calls: d.calls}
	var stale []int
	for i := 0; i < len(d.edges); {
		to := d.edges[i].callee
		into := d.into[to.ID]
		if changed[to.ID] == nil && !leadsTo(into, changed) {
			i += len(into)
			continue
		}
		fresh := make([]*edge, len(into)) // what was found about their calls holds no more
		for j, e := range into {
			fresh[j] = &edge{Dependency: e.Dependency, number: e.number, caller: e.caller, callee: g.Service(to.ID), clients: e.clients}
			n.edges[e.number] = fresh[j]
		}
		setStands(callers, fresh)
		n.into[to.ID] = fresh
		for range into {
			stale = append(stale, i)
			i++
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for key, o := range d.outages {
		if len(stale) == 0 {
			n.outages[key] = o
			continue
		}
		later := &outage{stale: stale}
		before := o.before.Load()
		switch {
		case o.known.Load():
			before = o
		case before == nil:
			continue // nothing is known yet
		default:
			later.stale = slices.Concat(o.stale, stale)
			slices.Sort(later.stale)
			later.stale = slices.Compact(later.stale)
		}
		later.before.Store(before)
		n.outages[key] = later
	}
	return n
}

// leadsTo reports whether calls of some edge are routed to one of the services.
func leadsTo(into []*edge, changed map[mesh.ServiceID]*mesh.Service) bool {
	for _, e := range into {
		for _, c := range e.stands {
			if c == nil || c.view == nil {
				continue
			}
			for _, r := range c.view.Routes {
				for _, rule := range r.Rules {
					for _, list := range [...][]mesh.Backend{rule.To, rule.Drawn} {
						for i := range list {
							if to := list[i].Service; to != nil && to.ID != e.callee.ID && changed[to.ID] != nil {
								return true
							}
						}
					}
				}
			}
		}
	}
	return false
}

// touched reports whether a scenario takes anything away that s depends on, however indirectly.
func (d *dependencies) touched(w *worker, s *mesh.Service, b *Blast) bool {
	if !d.from[s.ID] || b.local || b.Scenario.IsNone() {
		return false
	}
	for _, f := range w.o.Faults {
		if _, ok := d.outage(w, b, f)[s.ID]; ok {
			return true
		}
	}
	return false
}

// outage returns what a failure takes from services through their dependencies: first the calls
// that fail themselves, then, from callee to caller, everything that cannot do without these.
func (d *dependencies) outage(w *worker, b *Blast, f Fault) map[mesh.ServiceID]lack {
	key := blastFault{b, f}
	lost, known := w.outages[key]
	if !known {
		lost = d.outageOf(w, b, f)
		w.outages[key] = lost
	}
	return lost
}

// outageOf is outage, worked out by whoever asks first.
func (d *dependencies) outageOf(w *worker, b *Blast, f Fault) map[mesh.ServiceID]lack {
	o := d.at(failure{b.words, f})
	o.once.Do(func() {
		defer o.known.Store(true)
		if before := o.before.Swap(nil); before != nil {
			o.again(d, before, w, b, f)
			return
		}
		o.direct = d.direct(w, b, f, d.edges)
		o.lost = d.spread(w, b, f, o.direct)
	})
	return o.lost
}

// at is the outage of a failure, known or not.
func (d *dependencies) at(key failure) *outage {
	d.mu.Lock()
	defer d.mu.Unlock()
	o := d.outages[key]
	if o == nil {
		o = &outage{}
		d.outages[key] = o
	}
	return o
}

// again is an outage after an update: only stale edges are asked.
func (o *outage) again(d *dependencies, old *outage, w *worker, b *Blast, f Fault) {
	edges := make([]*edge, len(o.stale))
	for i, number := range o.stale {
		edges[i] = d.edges[number]
	}
	now := d.direct(w, b, f, edges)
	o.direct, o.lost = old.direct, old.lost
	stale := func(n numbered) bool {
		_, is := slices.BinarySearch(o.stale, n.edge)
		return is
	}
	rest := slices.DeleteFunc(slices.Clone(old.direct), stale)
	was := slices.DeleteFunc(slices.Clone(old.direct), func(n numbered) bool { return !stale(n) })
	if slices.Equal(now, was) {
		return
	}
	o.direct = sortNumbered(append(rest, now...))
	o.lost = d.spread(w, b, f, o.direct)
}

// direct asks for each edge what the failure makes of its calls. Edges come callee by callee.
func (d *dependencies) direct(w *worker, b *Blast, f Fault, edges []*edge) []numbered {
	asks := asksOf{w: w, blast: b, fault: f, at: placeFailure{at: -1, same: -1}}
	if !b.named {
		asks.at = w.placeFailure(b, f)
	}
	var losses []numbered
	for _, into := range byCallee(edges) {
		if e := w.aside(); len(e.days) > keptDays {
			e.forget()
		}
		asks.ofCallee(into, func(e *edge, l loss) { losses = append(losses, numbered{e.number, l}) })
	}
	return sortNumbered(losses)
}

// spread carries the losses of edges from callee to caller, and from those who answer for a callee.
func (d *dependencies) spread(w *worker, b *Blast, f Fault, direct []numbered) map[mesh.ServiceID]lack {
	shares := standInShares{asksOf: asksOf{w: w, blast: b, fault: f, at: placeFailure{at: -1, same: -1}}}
	lost := map[mesh.ServiceID]lack{}
	var queue []mesh.ServiceID
	worsen := func(dep *edge, share float64, detail string) {
		if share > lost[dep.From].share+1e-9 {
			lost[dep.From] = lack{share: share, cause: Cause{Kind: CauseDependency, Origin: dep.Origin, Detail: detail,
				Related: []mesh.Evidence{{What: dep.callee.Name + " is defined here", Origin: dep.callee.Origin}}}}
			queue = append(queue, dep.From)
		}
	}
	doubt := func(dep *edge, reason string) {
		if _, known := lost[dep.From]; reason != "" && !known {
			lost[dep.From] = lack{unknown: fmt.Sprintf("%s needs %s: %s", dep.caller.Name, dep.callee.Name, reason)}
			queue = append(queue, dep.From)
		}
	}
	for i := range direct {
		dep, l := d.edges[direct[i].edge], &direct[i].loss
		if l.share > lost[dep.From].share {
			worsen(dep, l.share, l.inWords(dep))
		}
		doubt(dep, l.unknown)
	}
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		for _, dep := range d.into[id] {
			doubt(dep, lost[id].unknown)
			if lost[id].share > lost[dep.From].share {
				worsen(dep, lost[id].share, fmt.Sprintf("%s needs %s; %s", dep.caller.Name, dep.callee.Name, lost[id].cause.Detail))
			}
		}
		for _, dep := range d.answeredBy(id) {
			share := shares.of(dep, id)
			if share > 0 {
				doubt(dep, lost[id].unknown)
			}
			if share *= lost[id].share; share > lost[dep.From].share {
				worsen(dep, share, fmt.Sprintf("%s needs %s; %s", dep.caller.Name, dep.callee.Name, lost[id].cause.Detail))
			}
		}
	}
	return lost
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

// standKey is everything by which a service can tell callers apart.
type standKey struct {
	class, cluster, network, admit, labels string
	locality                               mesh.Locality
	kind                                   mesh.ClientKind
}

// standsOf finds the callers of one service that stand for others.
type standsOf struct {
	callers *callers
	to      *mesh.Service
	known   map[standKey]*stand
	seen    map[*mesh.Client]*stand
}

// of returns who stands for all those that the service cannot tell from c.
func (s *standsOf) of(c *mesh.Client) *stand {
	if one := s.seen[c]; one != nil {
		return one
	}
	class := s.callers.classOf(s.to, c)
	view := s.callers.graph.ViewOf(s.to, c, class)
	k := standKey{class, c.Cluster, c.Network, admitted(s.to, c), priorityLabels(view, c), c.Locality, c.Kind}
	one := s.known[k]
	if one == nil {
		one = &stand{caller: caller{c, view}, to: s.to, number: len(s.known)}
		s.known[k] = one
	}
	s.seen[c] = one
	return one
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
