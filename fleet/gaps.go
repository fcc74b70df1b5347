package fleet

import (
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/render"
	"github.com/passmuster/muster/mesh"
)

// missingOf is what a source lacks.
func missingOf(s render.Source, res *render.Result) []Missing {
	list := make([]Missing, 0, len(res.Missing))
	for _, m := range res.Missing {
		list = append(list, Missing{Position: m.Position, What: m.What, Help: m.Help, Cluster: s.Cluster, Namespaces: m.Namespaces, Anywhere: m.Anywhere})
	}
	return list
}

// gapsOf are the gaps that what is missing leaves in the graph, one for each scope: the first that
// has it speaks for the others.
func gapsOf(c *config.Config, missing []Missing) (gaps []*mesh.Gap) {
	seen := map[string]bool{}
	for _, m := range missing {
		cluster := m.Cluster
		if cluster == "" {
			cluster = onlyCluster(c)
		}
		namespaces := m.Namespaces
		if m.Anywhere {
			namespaces = []string{""}
		}
		g := &mesh.Gap{Cluster: cluster, What: m.What, Origin: mesh.Origin{In: &located{m.Position}}}
		for _, ns := range namespaces {
			if key := cluster + "|" + ns; !seen[key] {
				seen[key] = true
				g.Namespaces = append(g.Namespaces, ns)
			}
		}
		if len(g.Namespaces) > 0 {
			gaps = append(gaps, g)
		}
	}
	return gaps
}
