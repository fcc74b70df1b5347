// Package singlegateway speaks for failover that crosses into a network or cluster through one gateway only.
package singlegateway

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, g := range p.Graph.Gateways {
		if g.Role != mesh.EastWest || len(g.Workloads) == 0 {
			continue
		}
		replicas, known := 0, true
		for _, w := range g.Workloads {
			n, ok := w.Replicas.Get()
			known = known && ok
			if a := w.Autoscale; a != nil {
				n = a.Min
			}
			replicas += n
		}
		if !known || replicas >= p.Params.Int("minReplicas") || others(p.Graph, g) || !leadsToIntent(p, g) {
			continue
		}
		w := g.Workloads[0]
		at := w.Replicas.Origin
		if w.Autoscale != nil {
			at = w.Autoscale.Origin
		} else if at.In == nil {
			at = w.Origin
		}
		p.Report(analyzer.Finding{Level: analyzer.Warning, Origin: at,
			Message: fmt.Sprintf("If %s/%s in %s is lost, no traffic fails over into %s: it is the only gateway there and runs %s.",
				g.Namespace, g.Name, g.Cluster, reached(p.Graph, g), count(replicas))})
	}
}

func count(replicas int) string {
	if replicas == 1 {
		return "1 replica"
	}
	return fmt.Sprintf("%d replicas", replicas)
}

// byNetwork reports whether a gateway is how a network is reached, as in Istio. Those of other meshes lead into their cluster, for
// whoever is sent through them.
func byNetwork(graph *mesh.Graph, g *mesh.Gateway) bool {
	for _, m := range graph.Meshes {
		if m.Kind == mesh.Istio && slices.Contains(m.Clusters, g.Cluster) {
			return true
		}
	}
	return false
}

// reached is what a gateway leads into, in words.
func reached(graph *mesh.Graph, g *mesh.Gateway) string {
	if byNetwork(graph, g) {
		return "network " + g.Network
	}
	return "cluster " + g.Cluster
}

// others reports whether another gateway leads to the same place.
func others(graph *mesh.Graph, g *mesh.Gateway) bool {
	network := byNetwork(graph, g)
	return slices.ContainsFunc(graph.Gateways, func(o *mesh.Gateway) bool {
		return o != g && o.Role == mesh.EastWest && (network && o.Network == g.Network || !network && o.Cluster == g.Cluster)
	})
}

// leadsToIntent reports whether a service with DR intent is reached through a gateway.
func leadsToIntent(p *analyzer.Pass, g *mesh.Gateway) bool {
	network := byNetwork(p.Graph, g)
	passes := func(e *mesh.Endpoint) bool { return e.Gateway == g || network && e.Network == g.Network }
	for _, s := range p.Graph.Services {
		if !failover.HasIntent(s) {
			continue
		}
		if slices.ContainsFunc(s.Endpoints, passes) {
			return true
		}
		for _, v := range failover.Views(p.Graph, s) {
			for _, pool := range v.Pools {
				if !network && slices.ContainsFunc(pool.Targets, func(t mesh.Target) bool { return slices.ContainsFunc(t.Endpoints, passes) }) {
					return true
				}
			}
		}
	}
	return false
}
