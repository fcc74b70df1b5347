// Package faultinjectionlefton speaks for faults that the mesh itself injects into real requests: a test that nobody
// ended.
package faultinjectionlefton

import (
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	clients := callers(p.Graph)
	for _, s := range p.Graph.Services {
		if !failover.HasIntent(s) || !s.MayObey(func(r *mesh.RouteRule) bool { return r.Injected }) {
			continue
		}
		seen := map[string]bool{}
		for _, c := range clients {
			class := ""
			if c.Mesh == s.Mesh {
				class = p.Graph.Class(s, c)
			}
			if class == "" || seen[class] {
				continue
			}
			seen[class] = true
			if v := p.Graph.ViewOf(s, c, class); v != nil {
				inView(p, s, v)
			}
		}
	}
}

// callers are clients of which each stands for those of its kind and namespace in a cluster. Sidecars that labels tell
// apart are left out: a fault for one workload is a test that somebody set up with care.
func callers(g *mesh.Graph) []*mesh.Client {
	seen := map[[4]string]bool{}
	var list []*mesh.Client
	for _, c := range g.Clients {
		k := [4]string{c.Cluster, c.Namespace, string(c.Kind)}
		if c.Kind == mesh.GatewayPod {
			k[3] = c.ID
		}
		if !seen[k] {
			seen[k] = true
			list = append(list, c)
		}
	}
	return list
}

func inView(p *analyzer.Pass, s *mesh.Service, v *mesh.View) {
	for _, route := range v.Routes {
		for _, rule := range route.Rules {
			if !rule.Injected || singledOut(rule.Match) || !concerns(s, route, rule) {
				continue
			}
			p.Report(analyzer.Finding{Level: analyzer.Warning, Service: s, Origin: rule.FaultOrigin,
				Message: fmt.Sprintf("On every day, and after a failover as well, requests to %s%s meet the fault %q that %s injects in the proxies of callers, and no retry and no standby helps.",
					s.Name, path(rule.Match), rule.Fault, rule.From)})
		}
	}
}

// concerns reports whether a rule takes requests that are meant for a service, or sends requests to it.
func concerns(s *mesh.Service, route *mesh.Route, rule *mesh.RouteRule) bool {
	host := s.ID.Host()
	return route.Host == host || slices.ContainsFunc(rule.To, func(b mesh.Backend) bool { return b.Host == host })
}

// singledOut reports whether requests have to bear a mark, as those of a tester do. A match of what a request must not
// bear leaves nearly all of them.
func singledOut(m mesh.Match) bool {
	for _, marks := range []map[string]string{m.Headers, m.Query} {
		for name, want := range marks {
			if !strings.HasPrefix(want, "not ") && !strings.HasPrefix(name, ":") {
				return true
			}
		}
	}
	return false
}

// path names the part of a service that a rule takes, if it does not take all of it.
func path(m mesh.Match) string {
	_, at, _ := strings.Cut(m.Path, ":")
	if at == "" || at == "/" {
		return ""
	}
	return at
}
