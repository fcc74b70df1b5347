package failover

import (
	"github.com/passmuster/muster/mesh"
)

// Question is one cell's coordinates: who calls what.
type Question struct {
	Service *mesh.Service
	Port    int
	Subset  string // "" = as the routes send it
	Client  *mesh.Client
}

// Evaluate answers one question for one scenario and fault, with causes and trace. It returns
// nil when the question does not arise: the client cannot see the service, is inside the failed
// domain, or is refused on a normal day and therefore no caller.
func Evaluate(g *mesh.Graph, q Question, b *Blast, f Fault) *Answer {
	e := evaluator{sim: sim{graph: g, blast: b, fault: f, client: q.Client, detail: true, traces: true}}
	return e.evaluate(e.ask(q))
}

// asked is a question together with what its client knows of the service, looked up once for all
// scenarios.
type asked struct {
	Question
	view  *mesh.View // nil: the client does not see the service
	rules []*mesh.RouteRule
	// between are the rules as they are between two releases, where rules are those of one; nil = they are the same.
	between []*mesh.RouteRule
}

func (e *evaluator) ask(q Question) *asked {
	view := e.view(q.Service, q.Client)
	if view == nil {
		return &asked{Question: q}
	}
	return caller{q.Client, view}.ask(q)
}

// newAnswer starts an answer.
func (e *evaluator) newAnswer() *Answer {
	n := len(e.spare)
	if n == 0 {
		return &Answer{Authorized: true}
	}
	a := e.spare[n-1]
	e.spare = e.spare[:n-1]
	*a = Answer{Authorized: true, Destinations: a.Destinations[:0], Causes: a.Causes[:0], Recovery: Recovery{Terms: a.Recovery.Terms[:0]}, unknown: a.unknown[:0], elsewhere: a.elsewhere[:0]}
	return a
}

// recycle takes back an answer that nobody holds on to.
func (e *evaluator) recycle(a *Answer) { e.spare = append(e.spare, a) }

// evaluator answers questions one after the other, reusing its buffers.
type evaluator struct {
	sim
	// demanded is the encryption that the service's objective asks for; "" = none in particular.
	demanded string
	full     bool // details will be asked for, too
	days     map[dayKey]*day
	arranged map[arrangedKey]mesh.Arrangement // of pools for places, where a client's place is all that counts
	places   []place
	placeAt  map[placeKey]int // of those beyond the first few
	views    map[viewKey]*mesh.View
	names    map[mesh.Locality]string
	spare    []*Answer // whose memory may be used again
	old      []*day    // the same
	// after and ceiling are buffers of capacity.
	after   []bool
	ceiling []*mesh.Workload
	sums    []Destination // a buffer: of a rule's backends, on a normal day
}

type viewKey struct {
	service *mesh.Service
	client  *mesh.Client
}

// forget drops what was kept about one service's callers.
func (e *evaluator) forget() {
	for _, d := range e.days {
		e.old = append(e.old, d)
	}
	clear(e.days)
	clear(e.arranged)
	e.protections.taken = 0
	clear(e.views)
	clear(e.zones)
	clear(e.joining.made)
}

// view is what a client knows about a service, or nil.
func (e *evaluator) view(s *mesh.Service, c *mesh.Client) *mesh.View {
	k := viewKey{s, c}
	if v, ok := e.views[k]; ok {
		return v
	}
	v := e.graph.View(s, c)
	if e.views == nil {
		e.views = map[viewKey]*mesh.View{}
	}
	e.views[k] = v
	return v
}

func (e *evaluator) evaluate(q *asked) *Answer {
	if q.view == nil || e.blast.client(q.Client) || e.fault == Partition && len(e.blast.releases) > 0 {
		return nil // a release is no place that could be cut off
	}
	if len(e.blast.releases) > 0 {
		q = e.blast.tried(q.routed())
	}
	var worst *Answer
	for _, r := range q.rules {
		if r.Direct != "" {
			continue
		}
		a := e.rule(q, r)
		if a == nil {
			continue // refused on a normal day: these callers send nothing that the rule takes
		}
		if worst == nil {
			worst = a
			continue
		}
		better := a
		if worse(a, worst) {
			better, worst = worst, a
		}
		for _, c := range better.Causes {
			if c.Kind == CauseExposed {
				worst.addCause(c)
			}
		}
		worst.exposed, worst.hidden, worst.weakest = worst.exposed || better.exposed, worst.hidden || better.hidden, max(worst.weakest, better.weakest)
		e.recycle(better)
	}
	return worst
}

// rulesFor lists the rules that requests to the question's port meet; a port without routes, or
// a subset asked for by name, is one plain rule.
func rulesFor(view *mesh.View, q Question) []*mesh.RouteRule {
	if q.Subset == "" {
		if r := view.Route(q.Port); r != nil && len(r.Rules) > 0 {
			return r.Rules
		}
	}
	plain := &mesh.RouteRule{
		To:      []mesh.Backend{{Service: q.Service, Host: q.Service.ID.Host(), Port: q.Port, Subset: q.Subset, Weight: 100}},
		Retries: mesh.Retries{Default: true},
	}
	if q.Subset != "" { // the subset's traffic keeps the timeouts of the rule that sends it there
		if r := view.Route(q.Port); r != nil {
			for _, rule := range r.Rules {
				for _, to := range rule.To {
					if to.Subset == q.Subset && to.Port == q.Port && (to.Service != nil && to.Service.ID == q.Service.ID || to.Service == nil && to.Host == q.Service.ID.Host()) {
						plain.Timeout, plain.Retries, plain.Origin, plain.From = rule.Timeout, rule.Retries, rule.Origin, rule.From
						return []*mesh.RouteRule{plain}
					}
				}
			}
		}
	}
	return []*mesh.RouteRule{plain}
}

// rule answers for one route rule: its backends' answers by weight. Weights are between
// destinations; there is no failover between them.
func (e *evaluator) rule(q *asked, r *mesh.RouteRule) *Answer {
	total := e.destinations(q, r, false)
	if total == nil {
		return nil
	}
	if len(e.blast.releases) > 0 && (total.FailingShare > 0 || len(total.unknown) > 0) {
		total = e.wayBack(q, r, total)
	}
	e.judge(total)
	return total
}
