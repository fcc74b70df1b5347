// Package singlegateway speaks for failover that crosses a network through one gateway only.
package singlegateway

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Run: run,
}

func run(p *analyzer.Pass) {
	for _, g := range p.Graph.Gateways {
		if g.Role != mesh.EastWest || len(g.Workloads) == 0 || !leadsToIntent(p, g) {
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
		if !known || replicas >= p.Params.Int("minReplicas") || others(p.Graph, g) {
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
			Message: fmt.Sprintf("If %s/%s in %s is lost, no traffic fails over into network %s: it is the only gateway of the network and runs %s.",
				g.Namespace, g.Name, g.Cluster, g.Network, count(replicas))})
	}
}

func count(replicas int) string {
	if replicas == 1 {
		return "1 replica"
	}
	return fmt.Sprintf("%d replicas", replicas)
}

// others reports whether another gateway leads into the same network.
func others(graph *mesh.Graph, g *mesh.Gateway) bool {
	for _, o := range graph.Gateways {
		if o != g && o.Role == mesh.EastWest && o.Network == g.Network {
			return true
		}
	}
	return false
}

// leadsToIntent reports whether a service with DR intent has endpoints behind the gateway.
func leadsToIntent(p *analyzer.Pass, g *mesh.Gateway) bool {
	for _, s := range p.Graph.Services {
		if !failover.HasIntent(s) {
			continue
		}
		for _, e := range s.Endpoints {
			if e.Network == g.Network {
				return true
			}
		}
	}
	return false
}
