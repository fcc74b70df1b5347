package diff

import (
	"cmp"
	"context"
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Limits of what is explained: cells in all, and of one service at least. What is beyond is counted by its glance.
const (
	mostExplained   = 20_000
	leastPerService = 16
)

// explainer explains the cells that changed, in both states.
type explainer struct {
	base, head Side
	result     *Result
	exists     map[*mesh.Graph]map[string]bool // whether a state has what a scenario names
	pairs      []told
	rest       []uncounted
}

// told is a cell that changed, explained.
type told struct {
	Pair
	change Change
	level  analyzer.Level // "" = that of the promise that it breaks
}

// wanted are the cells to explain in one state, by service.
type wanted map[*mesh.Service]map[cellKey]*failover.Cell

func (w wanted) ask(s *mesh.Service, k cellKey) {
	if w[s] == nil {
		w[s] = map[cellKey]*failover.Cell{}
	}
	w[s][k] = nil
}

// explain asks both states for every cell that may have changed. A cell that a scenario does not touch in one state has an
// answer there all the same.
func (e *explainer) explain(ctx context.Context, pairs []surveyed) error {
	changed := 0
	for i := range pairs {
		changed += min(len(pairs[i].candidates), 1)
	}
	if changed == 0 {
		return nil
	}
	each := max(leastPerService, mostExplained/changed)
	inBase, inHead, scenarios := wanted{}, wanted{}, map[string]failover.Scenario{}
	for i := range pairs {
		p := &pairs[i]
		if len(p.candidates) > each {
			p.order()
		}
		for _, c := range p.candidates[:min(each, len(p.candidates))] {
			scenarios[c.scenario.String()] = c.scenario
			if c.baseAsks && e.has(e.base.Graph, c.scenario) {
				inBase.ask(p.base, c.base)
			}
			if c.heAsks && e.has(e.head.Graph, c.scenario) {
				inHead.ask(p.head, c.head)
			}
		}
	}
	if err := fetch(ctx, e.base.Model, inBase, scenarios); err != nil {
		return err
	}
	if err := fetch(ctx, e.head.Model, inHead, scenarios); err != nil {
		return err
	}
	for i := range pairs {
		p := &pairs[i]
		for j, c := range p.candidates {
			if j >= each {
				e.count(p, c)
				continue
			}
			e.settle(p, c, inBase[p.base][c.base], inHead[p.head][c.head])
		}
	}
	return nil
}

// glanced is the change that glances tell. Where a state has no glance, the scenario touches nothing there.
func (c *candidate) glanced() Change {
	was, is := gistOf(c.was), gistOf(c.is)
	if !c.inBase {
		was = gist{outcome: failover.Survives}
	}
	if !c.inHead {
		is = gist{outcome: failover.Survives}
	}
	change := changeOf(was, is)
	if change == Worse && !c.baseAsks {
		return Fails
	}
	return change
}

// has reports whether a state has everything that a scenario names.
func (e *explainer) has(g *mesh.Graph, sc failover.Scenario) bool {
	known := e.exists[g]
	if known == nil {
		known = map[string]bool{}
		e.exists[g] = known
	}
	text := sc.String()
	is, ok := known[text]
	if !ok {
		is = !slices.ContainsFunc(sc.Parts, func(p failover.Part) bool { return !failover.Exists(g, p) })
		known[text] = is
	}
	return is
}

// fetch computes the cells that are wanted.
func fetch(ctx context.Context, m *failover.Model, w wanted, scenarios map[string]failover.Scenario) error {
	if len(w) == 0 {
		return nil
	}
	named := texts{}
	failures := map[*mesh.Service]map[string]bool{}
	for s, cells := range w {
		failures[s] = map[string]bool{}
		for k := range cells {
			failures[s][k.scenario+"|"+string(k.fault)] = true
		}
	}
	options := failover.Options{
		Services: func(s *mesh.Service) bool { return w[s] != nil },
		Copies:   true, Releases: true, Forced: true, Traces: true,
		Explain: func(s *mesh.Service, sc failover.Scenario, f failover.Fault) bool {
			return failures[s][sc.String()+"|"+string(f)]
		},
	}
	for _, sc := range scenarios {
		if !slices.ContainsFunc(sc.Parts, func(p failover.Part) bool { return p.Target == failover.Workload || p.Target == failover.Release }) {
			options.Scenarios = append(options.Scenarios, sc)
		}
	}
	slices.SortFunc(options.Scenarios, func(a, b failover.Scenario) int { return cmp.Compare(a.String(), b.String()) })
	if options.Scenarios == nil {
		options.Scenarios = []failover.Scenario{} // none but copies and releases
	}
	for c, err := range m.Stream(ctx, options) {
		if err != nil {
			return err
		}
		k := cellKey{port: c.Port, subset: c.Subset, client: c.Client.ID, scenario: named.of(c.Scenario), fault: c.Fault}
		if _, ok := w[c.Service][k]; ok {
			w[c.Service][k] = c
		}
	}
	return nil
}

// settle decides what became of a cell by its explanations.
func (e *explainer) settle(p *surveyed, c candidate, base, head *failover.Cell) {
	var change Change
	switch {
	case head == nil: // the question does not arise any more
		p.same++
		return
	case base == nil && head.Outcome != failover.Survives && head.Outcome != failover.Unknown:
		change = Fails
	case base != nil:
		change = changeOf(gistOfCell(base), gistOfCell(head))
	}
	if change == "" {
		p.same++
		return
	}
	e.result.Cells.add(change, 1)
	e.pairs = append(e.pairs, told{Pair: Pair{ID: head.ID(), Base: base, Head: head}, change: change})
}

func (n *Counts) add(c Change, k int) {
	switch c {
	case Unproven:
		n.Unproven += k
	case Worse:
		n.Worse += k
	case Slower:
		n.Slower += k
	case Fails:
		n.Fails += k
	case Better:
		n.Better += k
	}
}
