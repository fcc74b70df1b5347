package diff

import (
	"context"
	"runtime"
	"slices"
	"sync"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// cellKey is what a cell is about, within a service. Clients are told apart by the ids of their classes.
type cellKey struct {
	port     int
	subset   string
	client   string
	scenario string
	fault    failover.Fault
}

// question is who asks what, within a service.
type question struct {
	port   int
	subset string
	client string
}

func (k cellKey) question() question { return question{k.port, k.subset, k.client} }

// candidate is a cell that may have changed: its keys in both states, "" in client where a state has no such caller.
type candidate struct {
	base, head       cellKey
	inBase, inHead   bool // a glance was taken there
	was, is          failover.Glance
	scenario         failover.Scenario
	baseAsks, heAsks bool // the question is asked in that state, whatever the scenario touches
}

// surveyed is what both states say of one service.
type surveyed struct {
	base, head *mesh.Service
	candidates []candidate
	same       int
	refused    []stranger // callers that got through and do no longer
	turned     []turned   // callers that policies refuse now, where a class of their place got through
	deserted   bool       // nobody at all gets through in the head
}

// stranger is a class of callers that the head does not let through, or that does not see the service any more.
type stranger struct {
	question
	client *mesh.Client
}

// glances are those at the cells of one service in one state.
type glances struct {
	of        map[cellKey]failover.Glance
	order     []cellKey
	scenarios map[string]failover.Scenario
	asks      map[question]*mesh.Client
	list      []question
	turned    []stranger // classes of callers that do not get through
	texts     texts
}

// survey compares glances at all services that both states have, in parallel.
func survey(ctx context.Context, base, head Side, pairs []surveyed) error {
	options := failover.Options{Services: servicesOf(pairs)}
	before, after := base.Model.Survey(options), head.Model.Survey(options)
	var next struct {
		sync.Mutex
		i int
	}
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(pairs)) {
		wg.Go(func() {
			x, y := before.Surveyor(ctx), after.Surveyor(ctx)
			var was, is digest
			for ctx.Err() == nil {
				next.Lock()
				i := next.i
				next.i++
				next.Unlock()
				if i >= len(pairs) {
					return
				}
				p := &pairs[i]
				if p.base != nil {
					was.of(x, p.base)
					is.of(y, p.head)
					if was.sum == is.sum && was.cells == is.cells {
						p.same = is.cells
						continue
					}
				}
				p.compare(look(x, p.base), look(y, p.head))
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

func servicesOf(pairs []surveyed) func(*mesh.Service) bool {
	known := map[*mesh.Service]bool{}
	for _, p := range pairs {
		known[p.base], known[p.head] = true, true
	}
	return func(s *mesh.Service) bool { return s != nil && known[s] }
}

// look takes a glance at every cell of a service.
func look(x *failover.Surveyor, s *mesh.Service) *glances {
	g := &glances{of: map[cellKey]failover.Glance{}, scenarios: map[string]failover.Scenario{}, asks: map[question]*mesh.Client{}, texts: texts{}}
	if s != nil {
		x.Service(s, g)
	}
	return g
}

// Asks notes who gets through.
func (g *glances) Asks(q failover.Question, called bool) {
	k := question{q.Port, q.Subset, q.Client.ID}
	if !called {
		g.turned = append(g.turned, stranger{question: k, client: q.Client})
		return
	}
	g.asks[k] = q.Client
	g.list = append(g.list, k)
}

// Sees notes a glance.
func (g *glances) Sees(q *failover.Question, sc failover.Scenario, f failover.Fault, one failover.Glance) {
	k := cellKey{port: q.Port, subset: q.Subset, client: q.Client.ID, scenario: g.texts.of(sc), fault: f}
	g.scenarios[k.scenario] = sc
	g.of[k] = one
	g.order = append(g.order, k)
}

// compare pairs the glances of both states. Callers whose class has another name in the other state, because policies or labels
// began or ceased to matter, are paired with the class that has their place and namespace.
func (p *surveyed) compare(base, head *glances) {
	other := pairClasses(head, base)
	back := pairClasses(base, head)
	met := map[cellKey]bool{}
	for _, k := range head.order {
		c := candidate{head: k, base: k, inHead: true, is: head.of[k], scenario: head.scenarios[k.scenario], heAsks: true}
		if q, ok := other[k.question()]; ok {
			c.base.port, c.base.client, c.baseAsks = q.port, q.client, true
			c.was, c.inBase = base.of[c.base]
			met[c.base] = true
		}
		p.take(c)
	}
	for _, k := range base.order {
		if met[k] {
			continue
		}
		c := candidate{base: k, head: k, inBase: true, was: base.of[k], scenario: base.scenarios[k.scenario], baseAsks: true}
		if q, ok := back[k.question()]; ok {
			c.head.port, c.head.client, c.heAsks = q.port, q.client, true
			c.is, c.inHead = head.of[c.head]
		}
		p.take(c)
	}
	p.deserted = len(head.list) == 0
	p.turn(base, head)
	for _, q := range base.list {
		if _, ok := back[q]; !ok && q.subset == "" {
			p.refused = append(p.refused, stranger{question: q, client: base.asks[q]})
		}
	}
}

// take counts a cell that is the same, and keeps any other. Callers that the head does not have are dealt with as strangers.
func (p *surveyed) take(c candidate) {
	switch {
	case !c.heAsks:
	case c.inBase && c.inHead && alike(c.was, c.is):
		p.same++
	default:
		p.candidates = append(p.candidates, c)
	}
}

// alike reports whether two glances tell the same to people.
func alike(a, b failover.Glance) bool { return changeOf(gistOf(a), gistOf(b)) == "" }

// pairClasses finds for each question of one state the one of the other that the same callers ask.
func pairClasses(from, to *glances) map[question]question {
	pairs := make(map[question]question, len(from.list))
	var places map[question][]question // of to, with the place of the client for its id
	for _, q := range from.list {
		if _, ok := to.asks[q]; ok {
			pairs[q] = q
			continue
		}
		if places == nil {
			places = map[question][]question{}
			for _, k := range to.list {
				at := question{k.port, k.subset, placeOf(to.asks[k])}
				places[at] = append(places[at], k)
			}
		}
		me := from.asks[q]
		list := places[question{q.port, q.subset, placeOf(me)}]
		if len(list) == 0 { // a service without endpoints may have no port
			list = unported(to, q, placeOf(me))
		}
		i := slices.IndexFunc(list, func(k question) bool { return to.asks[k].Namespace == me.Namespace })
		if i < 0 && len(list) == 1 {
			i = 0 // all callers of the place are one class there
		}
		if i >= 0 {
			pairs[q] = list[i]
		}
	}
	return pairs
}

// unported are the questions of a place where one of both has no port.
func unported(to *glances, q question, place string) (list []question) {
	for _, k := range to.list {
		if (k.port == 0) != (q.port == 0) && k.subset == q.subset && placeOf(to.asks[k]) == place {
			list = append(list, k)
		}
	}
	return list
}

// placeOf names where callers are and what kind they are of.
func placeOf(c *mesh.Client) string {
	return c.Cluster + "\x00" + string(c.Kind) + "\x00" + c.Locality.String()
}
