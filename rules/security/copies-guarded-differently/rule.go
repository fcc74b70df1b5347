// Package copiesguardeddifferently speaks for copies of a service of which one lacks a policy that guards the others.
package copiesguardeddifferently

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	shown := sync.OnceValue(func() map[string]bool { return mesh.HoldPolicies(p.Graph) })
	for _, s := range p.Graph.Services {
		if _, moves := s.Intent.Mechanism(); s.Objective == nil && !moves || p.Graph.Gap(s) != nil {
			continue
		}
		for _, group := range s.Copies() {
			for _, f := range judge(p.Graph, s, group, shown) {
				if !owned(p, s) {
					p.Report(f)
				}
			}
		}
	}
}

// owned reports whether other rules speak for what policies break in a promised cell of the service.
func owned(p *analyzer.Pass, s *mesh.Service) bool {
	return slices.ContainsFunc(p.BrokenOf(s), func(b *analyzer.Breach) bool {
		k := b.Cause.Kind
		return k == failover.CauseRefused || k == failover.CauseTLSMismatch || k == failover.CauseExposed
	})
}

func judge(g *mesh.Graph, s *mesh.Service, group []*mesh.Workload, shown func() map[string]bool) []analyzer.Finding {
	copies := mesh.GuardedCopies(s, group)
	var found []analyzer.Finding
	missing := mesh.MissingGuards(copies)
	if m := g.Mesh(s.Mesh); m != nil && m.Kind == mesh.Consul { // intentions have no names of their own, and identities decide
		missing = nil
		for _, v := range mesh.OtherVerdicts(g, s, copies) {
			found = append(found, analyzer.Finding{Level: analyzer.Warning, Service: s, Origin: v.Origin, Related: v.Evidence(),
				Message: fmt.Sprintf("If requests to %s fail over to %s, %s.", s.Name, v.Elsewhere.Workload.Cluster, v.Consequence(s.Name))})
		}
	}
	for _, d := range missing {
		if slices.ContainsFunc(d.Without, func(c *mesh.GuardedCopy) bool { return !shown()[c.Workload.Cluster] }) {
			continue
		}
		with, without := clusters(d.With), clusters(d.Without)
		found = append(found, analyzer.Finding{Level: analyzer.Warning, Service: s, Origin: d.Guard.Origin,
			Related: []mesh.Evidence{{What: "the copy without it", Origin: d.Without[0].Workload.Origin}},
			Message: fmt.Sprintf("If requests to %s fail over to %s, %s: %s policy %s guards the copy in %s, and not that in %s.",
				s.Name, without, d.Consequence(), d.Guard.Action, d.Guard.Name, with, without)})
	}
	if a, b, port := mesh.OtherMTLS(copies); a != nil && !(len(found) > 0 && a.MTLS[port].Implied && b.MTLS[port].Implied) && shown()[a.Workload.Cluster] && shown()[b.Workload.Cluster] {
		found = append(found, otherMTLS(s, a, b, port))
	}
	return found
}

func otherMTLS(s *mesh.Service, a, b *mesh.GuardedCopy, port int) analyzer.Finding {
	x, y := a.MTLS[port], b.MTLS[port]
	at := mesh.Evidence{What: "the mode in " + b.Workload.Cluster, Origin: y.Origin}
	other := mesh.Evidence{What: "the mode in " + a.Workload.Cluster, Origin: x.Origin}
	if at.Origin.In == nil {
		at, other = other, at
	}
	then := "what is encrypted in the one is not in the other"
	if x.Mode == mesh.Strict || y.Mode == mesh.Strict {
		then = "callers without mTLS get in there, or are refused"
	}
	f := analyzer.Finding{Level: analyzer.Warning, Service: s, Origin: at.Origin,
		Message: fmt.Sprintf("If requests to %s fail over between %s and %s, %s: port %d %s in %s, and %s in %s.",
			s.Name, a.Workload.Cluster, b.Workload.Cluster, then, port, x.Mode.Takes(), a.Workload.Cluster, y.Mode.Takes(), b.Workload.Cluster)}
	if other.Origin.In != nil {
		f.Related = []mesh.Evidence{other}
	}
	return f
}

func clusters(list []*mesh.GuardedCopy) string {
	var names []string
	for _, c := range list {
		names = append(names, c.Workload.Cluster)
	}
	return strings.Join(names, " and ")
}
