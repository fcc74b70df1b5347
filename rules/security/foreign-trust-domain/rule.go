// Package foreigntrustdomain speaks for policies that admit a caller under a trust domain that is not the mesh's, and so
// refuse the one that exists.
package foreigntrustdomain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	accounts := map[string][]*mesh.Workload{} // by their part of the identity
	for _, w := range p.Graph.Workloads {
		if meshed, known := w.Meshed.Get(); known && meshed {
			_, account := mesh.SplitIdentity(w.Identity)
			accounts[account] = append(accounts[account], w)
		}
	}
	for _, s := range p.Graph.Services {
		var last *mesh.Authorization
		for _, e := range s.Endpoints {
			if e.Inbound == nil || e.Inbound.Authorization == nil || e.Inbound.Authorization == last {
				continue
			}
			last = e.Inbound.Authorization
			for _, policy := range last.Allow {
				for _, r := range policy.Rules {
					judge(p, s, e, policy, r, accounts)
				}
			}
		}
	}
}

// judge looks for principals of a rule that no proxy of the mesh presents, whose account is that of a caller which the
// policies admit under the foreign domain and refuse under its own.
func judge(p *analyzer.Pass, s *mesh.Service, e *mesh.Endpoint, policy mesh.AuthzPolicy, r mesh.AuthzRule, accounts map[string][]*mesh.Workload) {
	ours := append([]string{e.Inbound.TrustDomain}, e.Inbound.TrustAliases...)
	for _, source := range r.From {
		for _, principal := range source.Principals {
			domain, account := mesh.SplitIdentity(principal)
			if strings.Contains(principal, "*") || slices.Contains(ours, domain) {
				continue
			}
			for _, w := range accounts[account] {
				own, _ := mesh.SplitIdentity(w.Identity)
				as := func(id string) mesh.Verdict {
					v, _ := e.Inbound.Authorization.Decide(mesh.Caller{Principal: id, Namespace: w.Namespace, Port: e.Port})
					return v
				}
				if !sameMesh(p.Graph, s, w) || !slices.Contains(ours, own) || as(w.Identity) != mesh.Denied || as(principal) != mesh.Allowed {
					continue
				}
				dependency := calls(p.Graph, w, s)
				if dependency == nil {
					continue
				}
				p.Report(analyzer.Finding{Level: analyzer.Warning, Service: s, Origin: r.Origin,
					Related: []mesh.Evidence{{What: "the caller: " + dependency.What, Origin: dependency.Origin}},
					Message: fmt.Sprintf("Requests of %s/%s to %s are refused: the authorization policy %s admits %s, and the trust domain of the mesh is %s, which %s does not stand for.",
						w.Namespace, w.Name, s.Name, policy.Name, principal, e.Inbound.TrustDomain, domain)})
				break
			}
		}
	}
}

func sameMesh(g *mesh.Graph, s *mesh.Service, w *mesh.Workload) bool {
	c := g.Cluster(w.Cluster)
	return c != nil && c.Mesh == s.Mesh
}

// calls is a strong dependency of a workload on a service, or nil.
func calls(g *mesh.Graph, w *mesh.Workload, s *mesh.Service) *mesh.Dependency {
	for _, d := range g.Dependencies {
		if !d.Strong || d.To != s.ID {
			continue
		}
		if d.Caller == w {
			return d
		}
		if from := g.Service(d.From); from != nil && slices.ContainsFunc(from.Endpoints, func(e *mesh.Endpoint) bool { return e.Workload == w }) {
			return d
		}
	}
	return nil
}
