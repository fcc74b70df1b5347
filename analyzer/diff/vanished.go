package diff

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// deserted tells of a service that somebody called, and that nobody gets through to any more, nor is known to need: it has no cells in
// the head, and nothing in them says that it keeps what is expected of it.
func (e *explainer) deserted(p *surveyed) {
	if !p.deserted || len(p.refused) == 0 || slices.ContainsFunc(e.pairs, func(t told) bool { return t.Head.Service == p.head }) {
		return
	}
	const why = "nobody in the inputs calls it any more, so that nothing says what it survives"
	e.vanished(p.base, p.head, p.refused[0].question, p.refused[0].client, &failover.Answer{Outcome: failover.Unknown, Authorized: true, Reason: why}, Unproven, levelOf(p.base, p.head))
}

// gone tells of services that were expected to survive something and that the head does not have: of those that are still needed there
// under their names, and of those that were promised to survive. That others went is told by the list of services alone.
func (e *explainer) gone() {
	for _, s := range e.result.ServicesRemoved {
		if !failover.HasIntent(s) {
			continue
		}
		asked := askers(e.base, s)
		if asked.Client == nil {
			continue
		}
		if need := unmet(e.head.Graph, s); need != nil {
			who := string(need.From)
			if need.Caller != nil {
				who = need.Caller.Name
			}
			why := fmt.Sprintf("no service has this name any more, and %s still needs it (%s)", who, need.What)
			level := analyzer.Warning
			if need.Strong {
				level = analyzer.Error
			}
			e.vanished(s, s, question{port: asked.Port}, asked.Client, &failover.Answer{
				Outcome: failover.Lost, FailingShare: 1, Reason: why,
				Causes: []failover.Cause{{Kind: failover.CauseMissing, Origin: need.Origin, Detail: why}},
			}, Worse, level)
			continue
		}
		if s.Objective == nil || e.renamed(s) {
			continue
		}
		const why = "the service is gone, and with it what its objective promised"
		e.vanished(s, s, question{port: asked.Port}, asked.Client, &failover.Answer{Outcome: failover.Unknown, Authorized: true, Reason: why}, Unproven, levelOf(s, s))
	}
}

// vanished adds one cell of a service, in no failure, that has no answer in the head.
func (e *explainer) vanished(base, head *mesh.Service, q question, client *mesh.Client, now *failover.Answer, change Change, level analyzer.Level) {
	answer := failover.Evaluate(e.base.Graph, failover.Question{Service: base, Port: q.port, Client: client}, failover.NewBlast(e.base.Graph, failover.None), failover.Crash)
	if answer == nil || answer.Outcome == failover.Lost || answer.Outcome == failover.Unknown {
		return
	}
	now.Before = answer.Before
	cell := func(s *mesh.Service, a *failover.Answer) *failover.Cell {
		return &failover.Cell{Service: s, Port: q.port, Client: client, Scenario: failover.None, Fault: failover.Crash, Answer: a}
	}
	one := told{Pair: Pair{Base: cell(base, answer), Head: cell(head, now)}, change: change, level: level}
	one.ID = one.Base.ID()
	e.result.Cells.add(change, 1)
	e.pairs = append(e.pairs, one)
}

// levelOf is the level at which it counts that nothing is known of a service any more.
func levelOf(base, head *mesh.Service) analyzer.Level {
	if base.Objective != nil || head.Objective != nil {
		return analyzer.Warning
	}
	return analyzer.Note
}

// askers is the first question that anybody asks a service on a normal day.
func askers(s Side, of *mesh.Service) failover.Question {
	g := look(s.Model.Survey(failover.Options{Services: func(o *mesh.Service) bool { return o == of }}).Surveyor(context.Background()), of)
	list := slices.Clone(g.list)
	slices.SortFunc(list, func(a, b question) int {
		return cmp.Or(cmp.Compare(a.port, b.port), cmp.Compare(a.subset, b.subset), cmp.Compare(a.client, b.client))
	})
	if len(list) == 0 {
		return failover.Question{}
	}
	return failover.Question{Service: of, Port: list[0].port, Client: g.asks[list[0]]}
}

// unmet finds a need of a service by its name that nothing meets, a strong one if there is one.
func unmet(g *mesh.Graph, s *mesh.Service) (need *mesh.Dependency) {
	for _, d := range g.Unmet {
		if (need == nil || d.Strong && !need.Strong) && means(d, s) {
			need = d
		}
	}
	return need
}

// means reports whether a name, where it is written, is one of the service.
func means(d *mesh.Dependency, s *mesh.Service) bool {
	name, _, _ := strings.Cut(d.Named, ":")
	if slices.Contains(s.Hosts, name) {
		return true
	}
	short := strings.TrimSuffix(strings.TrimSuffix(name, ".svc.cluster.local"), ".svc")
	near := d.Caller != nil && d.Caller.Namespace == s.Namespace
	return short == s.Name+"."+s.Namespace || near && short == s.Name
}

// renamed reports whether the head has a new service in its place that is promised something itself.
func (e *explainer) renamed(s *mesh.Service) bool {
	return slices.ContainsFunc(e.result.ServicesAdded, func(n *mesh.Service) bool {
		return n.Objective != nil && (n.Name == s.Name || n.Namespace == s.Namespace)
	})
}
