// Package clusterlocal speaks for hosts that the mesh keeps inside of each cluster, although they run in several.
package clusterlocal

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
	told := map[*mesh.Service]bool{} // by a rule that speaks for a broken promise
	for _, b := range p.Broken {
		if b.Cause.Loss == mesh.LossClusterLocal {
			told[b.Cell.Service] = true
		}
	}
	all := byCluster(p.Graph.Clients)
	for _, s := range p.Graph.Services {
		if told[s] || s.External || !failover.HasIntent(s) || len(clusters(s)) < 2 {
			continue
		}
		callers := all
		if few, known := p.Graph.FewCallers(s); known {
			callers = byCluster(few)
		}
		for _, cluster := range callers {
			for _, c := range cluster {
				if c.Mesh != s.Mesh {
					continue
				}
				if v := p.Graph.View(s, c); v != nil {
					report(p, s, c, v)
					break // of each cluster one caller is enough
				}
			}
		}
	}
}

// byCluster lists the clients with a proxy, cluster by cluster in the order given.
func byCluster(clients []*mesh.Client) [][]*mesh.Client {
	at := map[string]int{}
	var list [][]*mesh.Client
	for _, c := range clients {
		if c.Kind == mesh.Unmeshed {
			continue
		}
		i, ok := at[c.Cluster]
		if !ok {
			i = len(list)
			at[c.Cluster] = i
			list = append(list, nil)
		}
		list[i] = append(list[i], c)
	}
	return list
}

// report speaks if the callers of a cluster lose the endpoints of all others by a setting that somebody wrote.
func report(p *analyzer.Pass, s *mesh.Service, c *mesh.Client, v *mesh.View) {
	for _, pool := range v.Pools {
		i := slices.IndexFunc(pool.Losses, func(l mesh.Loss) bool { return l.Kind == mesh.LossClusterLocal && l.Origin.In != nil })
		if i < 0 || pool.Subset != "" {
			continue
		}
		level := analyzer.Note
		if _, ok := s.Intent.Mechanism(); ok || s.Objective != nil {
			level = analyzer.Warning
		}
		all := clusters(s)
		elsewhere := strings.Join(slices.DeleteFunc(slices.Clone(all), func(name string) bool { return name == c.Cluster }), " and ")
		when := fmt.Sprintf("if %s loses its copy, its callers there get no answer", c.Cluster)
		if !slices.Contains(all, c.Cluster) {
			when = "callers there get no answer, today already"
		}
		p.Report(analyzer.Finding{Level: level, Service: s, Origin: pool.Losses[i].Origin, Related: s.Intent.Evidence,
			Message: fmt.Sprintf("%s is cluster-local in %s: %s, although it runs in %s as well.", s.Name, c.Cluster, when, elsewhere)})
		return
	}
}

// clusters are those in which a service has endpoints, sorted.
func clusters(s *mesh.Service) []string {
	var list []string
	for _, e := range s.Endpoints {
		if !slices.Contains(list, e.Cluster) {
			list = append(list, e.Cluster)
		}
	}
	slices.Sort(list)
	return list
}
