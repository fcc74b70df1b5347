package failover

import (
	"context"
	"slices"
	"sync"

	"github.com/passmuster/muster/mesh"
)

// Tally counts the cells of a matrix by outcome, without keeping them.
type Tally struct {
	Services, Cells                   int
	Survives, Degraded, Lost, Unknown int
	// Shapes is how many different problems the cells came down to: services whose pools, routes
	// and callers are alike share their answers.
	Shapes int
}

func (t *Tally) add(u Tally) {
	t.Services += u.Services
	t.Cells += u.Cells
	t.Survives += u.Survives
	t.Degraded += u.Degraded
	t.Lost += u.Lost
	t.Unknown += u.Unknown
	t.Shapes += u.Shapes
}

func (t *Tally) count(o Outcome) {
	t.Cells++
	switch o {
	case Survives:
		t.Survives++
	case Degraded:
		t.Degraded++
	case Lost:
		t.Lost++
	case Unknown:
		t.Unknown++
	}
}

// Count evaluates every cell that Compute would evaluate, without causes and traces, and counts
// outcomes. Cells that a scenario cannot touch are not evaluated by either.
func Count(ctx context.Context, g *mesh.Graph, o Options) (Tally, error) {
	o.fill(g)
	services, blasts := o.plan(g)
	deps, callers := newDependencies(g), newCallers(g)
	var mu sync.Mutex
	var total Tally
	parallel(ctx, len(services), o.Workers, func() func(int) {
		c := &counter{worker: worker{ctx: ctx, deps: deps, callers: callers, o: &o, evaluator: evaluator{sim: sim{graph: g}}}, answers: map[string]Tally{}, ids: map[any]uint32{}}
		return func(i int) {
			t := c.service(services[i], blasts)
			mu.Lock()
			total.add(t)
			mu.Unlock()
		}
	})
	return total, ctx.Err()
}

// namesThings reports whether the scenario names services, workloads or addresses, and not places
// alone: what looks alike does not fail alike then.
func (b *Blast) namesThings() bool {
	return slices.ContainsFunc(b.parts, func(p part) bool {
		switch p.Target {
		case Region, Zone, Cluster, Datacenter:
			return false
		}
		return true
	})
}

// counter is a worker that answers each different problem once.
type counter struct {
	worker
	answers map[string]Tally
	ids     map[any]uint32
	key     []byte
}

func (c *counter) service(s *mesh.Service, blasts []*Blast) Tally {
	t := Tally{Services: 1}
	c.forget()
	own := blasts
	if c.o.Copies {
		own = append(own[:len(own):len(own)], c.copies(s)...)
	}
	shared := !c.deps.from[s.ID] && !c.o.Copies && !slices.ContainsFunc(blasts, (*Blast).namesThings)
	groups := c.callers.of(s)
	own = c.relevant(s, groups, own)
	for _, q := range c.questions(s, groups) {
		if c.o.Clients != nil && !c.o.Clients(q.Client) || !c.calls(q) {
			continue
		}
		if !shared || !c.shape(q) {
			t.add(c.question(q, own))
			continue
		}
		if known, ok := c.answers[string(c.key)]; ok {
			t.add(known)
			continue
		}
		key := string(c.key)
		answer := c.question(q, own)
		c.answers[key] = answer
		answer.Shapes = 1
		t.add(answer)
	}
	return t
}

func (c *counter) question(q Question, blasts []*Blast) Tally {
	var t Tally
	for _, b := range blasts {
		if !b.Scenario.IsNone() && !c.touched(q, b) {
			continue
		}
		for _, f := range c.o.Faults {
			if b.Scenario.IsNone() && f != c.o.Faults[0] {
				continue
			}
			c.blast, c.fault, c.client = b, f, q.Client
			a := c.evaluate(q)
			if a == nil {
				break
			}
			c.deps.apply(&c.worker, q, a)
			t.count(a.Outcome)
		}
	}
	return t
}

// shape writes everything that decides the answers of a question into c.key: two questions with
// equal keys have equal answers in every scenario that names places. It returns false when the
// question cannot be shared.
func (c *counter) shape(q Question) bool {
	c.key = c.key[:0]
	c.id(q.Client.Cluster)
	c.id(q.Client.Locality)
	c.id(q.Client.Network)
	c.id(q.Client.Kind)
	view := c.view(q.Service, q.Client)
	if view == nil {
		return false
	}
	c.client = q.Client
	for _, r := range rulesFor(view, q) {
		if r.Direct != "" {
			continue
		}
		c.num(uint32(len(r.To)))
		c.rule(r)
		for i := range r.To {
			to := &r.To[i]
			c.num(to.Weight)
			pool := c.poolOf(q, to)
			if pool == nil {
				c.num(0)
				continue
			}
			if !c.pool(pool, q.Client) {
				return false
			}
		}
	}
	return true
}

func (c *counter) rule(r *mesh.RouteRule) {
	t := traffic{timeout: r.Timeout, retries: c.retriesOf(r)}
	wait, _, ok := t.wait()
	c.flag(ok)
	c.num(uint32(wait.Milliseconds()))
	c.num(uint32(t.attempts(Crash)))
	c.num(uint32(t.attempts(Hang)))
	c.id(t.retries.On)
	c.flag(t.retries.RemoteLocalities)
}

func (c *counter) pool(p *mesh.Pool, client *mesh.Client) bool {
	lt, ok := p.Tiering.(*mesh.LocalityTiers)
	if !ok {
		return false // other tierings are few and answered one by one
	}
	c.num(1)
	c.flag(lt.On)
	c.flag(lt.ZoneAware)
	c.flag(lt.Weighted)
	c.id(lt.TrafficDistribution)
	c.num(uint32(len(lt.Failover)))
	for _, f := range lt.Failover {
		c.id(f.From)
		c.id(f.To)
	}
	if len(lt.FailoverPriority) > 0 || len(lt.Distribute) > 0 {
		c.id(lt) // labels decide: shared only with itself
		if len(lt.FailoverPriority) > 0 {
			c.id(client)
		}
	}
	c.id(p.Discovery)
	c.flag(p.Protocol.IsHTTP())
	c.num(uint32(p.Panic))
	c.id(p.TLS.Mode)
	c.flag(p.TLS.Explicit)
	c.flag(p.SendsUnhealthy)
	c.flag(p.Service.External)
	for _, l := range p.Losses {
		if l.Kind == mesh.LossServerTLS {
			return false // what is out of reach may turn out to be unknown
		}
	}
	c.num(uint32(len(p.Targets)))
	for i := range p.Targets {
		t := &p.Targets[i]
		c.num(t.Weight)
		o := t.Detection.Outlier
		c.flag(o != nil)
		if o != nil {
			c.flag(o.Consecutive5xx.Or(5) > 0)
			c.flag(o.ConsecutiveGateway.Or(0) > 0)
			c.flag(o.LocalOrigin.Or(0) > 0)
			c.num(uint32(o.MaxEjectionPercent.Or(10)))
		}
		if t.Detection.Check != nil {
			return false
		}
		c.num(uint32(len(t.Endpoints)))
		for _, e := range t.Endpoints {
			c.endpoint(e)
			c.num(uint32(len(e.Behind)))
			for _, b := range e.Behind {
				c.endpoint(b)
			}
		}
	}
	return true
}

func (c *counter) endpoint(e *mesh.Endpoint) {
	c.num(3)
	c.id(e.Locality)
	c.id(e.Cluster)
	c.id(e.Network)
	c.num(e.Weight)
	c.flag(e.Health == mesh.Healthy)
	c.flag(e.ZoneUnknown)
	c.flag(e.MeshAble)
	c.id(e.Security)
	c.flag(e.Gateway != nil)
	if e.Gateway != nil {
		c.id(e.Gateway)
		c.id(e.Address) // entries of one address are one host
	}
	c.flag(e.Inbound != nil)
	if e.Inbound != nil {
		c.id(e.Inbound.Mode(e.Port).Mode)
		c.flag(e.Inbound.Authorization != nil)
		if e.Inbound.Authorization != nil { // who calls, and on which port, decides
			c.id(e.Inbound.Authorization)
			c.num(uint32(e.Port))
			c.id(c.client.Namespace)
			c.num(uint32(len(c.client.Principals)))
			for _, p := range c.client.Principals {
				c.id(p)
			}
		}
	}
	w := e.Workload
	c.flag(w != nil)
	if w == nil {
		return
	}
	c.num(uint32(w.Meshed.State))
	c.flag(w.Readiness != nil)
	if w.Readiness != nil {
		c.id(w.Readiness.Handler)
	}
	c.flag(w.Autoscale != nil)
	if w.Autoscale != nil {
		c.id(w)
	}
}

func (c *counter) id(v any) {
	n, ok := c.ids[v]
	if !ok {
		n = uint32(len(c.ids) + 10)
		c.ids[v] = n
	}
	c.num(n)
}

func (c *counter) num(n uint32) {
	c.key = append(c.key, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
}

func (c *counter) flag(b bool) {
	if b {
		c.key = append(c.key, 1)
		return
	}
	c.key = append(c.key, 0)
}
