// Package crashesistiod speaks for configuration on which istiod panics: a DNS host with endpoints in several localities,
// a failoverPriority list and outlier detection.
package crashesistiod

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, s := range p.Graph.Services {
		if !listed(s) {
			continue
		}
		seen, told := map[string]bool{"-": true}, map[mesh.Origin]bool{}
		for _, c := range proxies(p.Graph, s) {
			class := p.Graph.Class(s, c)
			if seen[class] {
				continue
			}
			seen[class] = true
			v := p.Graph.ViewOf(s, c, class)
			if v == nil {
				continue
			}
			for _, pool := range v.Pools {
				t, places := crashes(pool)
				if t == nil || told[t.Origin] {
					continue
				}
				told[t.Origin] = true
				level, message := judge(p.Graph.Mesh(s.Mesh), s, places)
				p.Report(analyzer.Finding{Level: level, Service: s, Origin: t.Origin.Child("failoverPriority"), Message: message,
					Related: []mesh.Evidence{{What: "outlier detection", Origin: pool.Targets[0].Detection.Outlier.Origin}}})
			}
		}
	}
}

// proxies are the clients of a service's mesh. Where the inputs have none, somebody in its own namespace stands for them.
func proxies(g *mesh.Graph, s *mesh.Service) (list []*mesh.Client) {
	for _, c := range g.Clients {
		if c.Mesh == s.Mesh {
			list = append(list, c)
		}
	}
	for i := 0; i < len(s.Clusters) && len(list) == 0; i++ {
		list = append(list, &mesh.Client{Mesh: s.Mesh, Cluster: s.Clusters[i], Namespace: s.Namespace, Kind: mesh.Sidecar})
	}
	return list
}

// listed reports whether a service has endpoints that an Istio object lists, as those of DNS hosts are.
func listed(s *mesh.Service) bool {
	return slices.ContainsFunc(s.Endpoints, func(e *mesh.Endpoint) bool {
		doc, ok := e.Origin.In.(analyzer.Named)
		return ok && (doc.Resource().Kind == "ServiceEntry" || doc.Resource().Kind == "WorkloadEntry")
	})
}

// crashes returns the setting of a pool on which istiod panics, and the localities of its endpoints, or nil. Lists that
// are ignored (subsets of DNS hosts, and DNS hosts before Istio 1.30) do no harm. Tiers that traffic distribution forces
// are left out: nobody has reported these.
// Istio: applyFailoverPriorityPerLocality is given one locality of a DNS cluster (istio#61857).
func crashes(p *mesh.Pool) (*mesh.LocalityTiers, []string) {
	t, ok := p.Tiering.(*mesh.LocalityTiers)
	if !ok || p.Discovery != mesh.StrictDNS || !t.On || t.IgnoresPriority || t.ZoneAware || t.TrafficDistribution != "" ||
		len(t.FailoverPriority) == 0 || len(p.Targets) != 1 || p.Targets[0].Detection.Outlier == nil {
		return nil, nil
	}
	places := map[string]bool{}
	for _, e := range p.Targets[0].Endpoints {
		places[cmp.Or(e.Locality.String(), "none")] = true
	}
	if len(places) < 2 {
		return nil, nil
	}
	return t, slices.Sorted(maps.Keys(places))
}

func judge(m *mesh.Mesh, s *mesh.Service, places []string) (analyzer.Level, string) {
	what := fmt.Sprintf("istiod panics whenever it configures a proxy that sees %s, so that no change reaches any proxy of the mesh, the loss of a region included: a DNS host with endpoints in %d localities (%s), failoverPriority and outlier detection together crash it from Istio 1.30.0 on (istio#61857).",
		s.ID.Host(), len(places), strings.Join(places, ", "))
	if m == nil || m.Assumed {
		return analyzer.Warning, "If the mesh runs Istio 1.30.0 or later (no version is stated), " + what
	}
	return analyzer.Error, "In Istio " + m.Version + " " + what
}
