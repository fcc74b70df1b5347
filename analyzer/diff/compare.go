package diff

import (
	"cmp"
	"context"
	"slices"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Compare tells what changed from base to head. The error is that of ctx.
func Compare(ctx context.Context, base, head Side) (*Result, error) {
	r := &Result{}
	r.services(base.Graph, head.Graph)
	r.edges(base.Graph, head.Graph)
	r.findings(base.Findings, head.Findings)
	pairs := pairsOf(base.Graph, head.Graph)
	if err := survey(ctx, base, head, pairs); err != nil {
		return nil, err
	}
	e := &explainer{base: base, head: head, result: r, exists: map[*mesh.Graph]map[string]bool{}}
	if err := e.explain(ctx, pairs); err != nil {
		return nil, err
	}
	for i := range pairs {
		r.Cells.Same += pairs[i].same
		e.strangers(&pairs[i])
		e.deserted(&pairs[i])
	}
	e.gone()
	r.Groups = e.groups()
	return r, nil
}

// pairsOf are the services of the head that either state expects to survive something; base is nil where the base does not have one.
func pairsOf(base, head *mesh.Graph) []surveyed {
	var list []surveyed
	for _, s := range head.Services {
		was := base.Service(s.ID)
		if !failover.HasIntent(s) && (was == nil || !failover.HasIntent(was)) {
			continue
		}
		list = append(list, surveyed{base: was, head: s})
	}
	return list
}

// services are those that one state alone has.
func (r *Result) services(base, head *mesh.Graph) {
	only := func(a, b *mesh.Graph) (list []*mesh.Service) {
		for _, s := range a.Services {
			if b.Service(s.ID) == nil {
				list = append(list, s)
			}
		}
		slices.SortFunc(list, func(x, y *mesh.Service) int { return cmp.Compare(x.ID, y.ID) })
		return list
	}
	r.ServicesAdded, r.ServicesRemoved = only(head, base), only(base, head)
}

// edges are dependencies that one state alone has. That one became strong or weak is both.
func (r *Result) edges(base, head *mesh.Graph) {
	type ends struct {
		from, to mesh.ServiceID
		strong   bool
	}
	of := func(g *mesh.Graph) (map[ends]bool, []Edge) {
		known := map[ends]bool{}
		var list []Edge
		for _, d := range g.Dependencies {
			k := ends{d.From, d.To, d.Strong}
			if known[k] || d.From == "" {
				continue
			}
			known[k] = true
			list = append(list, Edge{From: d.From, To: d.To, Strong: d.Strong, Evidence: d.Evidence})
		}
		return known, list
	}
	inBase, before := of(base)
	inHead, after := of(head)
	only := func(list []Edge, other map[ends]bool) (out []Edge) {
		for _, e := range list {
			if !other[ends{e.From, e.To, e.Strong}] {
				out = append(out, e)
			}
		}
		slices.SortFunc(out, func(a, b Edge) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
		return out
	}
	r.EdgesAdded, r.EdgesRemoved = only(after, inBase), only(before, inHead)
}
