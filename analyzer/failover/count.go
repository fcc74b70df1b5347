package failover

import (
	"context"
	"slices"
	"sync"

	"github.com/passmuster/muster/mesh"
)

// Tally counts the cells of a matrix by outcome, without keeping them.
type Tally struct {
	Services int
	Outcomes
	// Shapes is how many different problems the cells came down to: services whose pools, routes
	// and callers are alike share their answers.
	Shapes int
}

func (t *Tally) add(u Tally) {
	t.Services += u.Services
	t.Shapes += u.Shapes
	t.Merge(u.Outcomes)
}

// Count evaluates every cell that Compute would evaluate, without causes and traces, and counts
// outcomes. Cells that a scenario cannot touch are not evaluated by either.
func (m *Model) Count(ctx context.Context, o Options) (Tally, error) {
	o.fill(m)
	services, blasts := o.plan(m)
	var mu sync.Mutex
	var total Tally
	parallel(ctx, len(services), o.Workers, func() func(int) {
		c := &counter{worker: newWorker(ctx, m, &o), shapes: newShapes(), answers: map[string]Tally{}}
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
	*worker
	shapes
	answers map[string]Tally
}

func (c *counter) service(s *mesh.Service, blasts []*Blast) Tally {
	t := Tally{Services: 1}
	c.forget()
	clear(c.pools)
	questions := c.model.questions(s)
	own := c.relevant(s, questions, blasts)
	shared := !c.deps.from[s.ID] && !c.o.Copies && !slices.ContainsFunc(blasts, (*Blast).namesThings)
	for _, q := range questions {
		if c.o.Clients != nil && !c.o.Clients(q.Client) {
			continue
		}
		var key []byte
		if shared {
			key = c.of(&c.evaluator, q)
		}
		if key == nil {
			t.add(c.question(q, own))
			continue
		}
		if known, ok := c.answers[string(key)]; ok {
			t.add(known)
			continue
		}
		name := string(key)
		answer := c.question(q, own)
		c.answers[name] = answer
		answer.Shapes = 1
		t.add(answer)
	}
	return t
}

func (c *counter) question(q *asked, blasts []*Blast) Tally {
	var t Tally
	if !c.calls(q) {
		return t
	}
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
			c.deps.apply(c.worker, q, a)
			t.Add(a.Outcome, 1)
		}
	}
	return t
}
