// Package stateinfailedregion speaks for Terraform states that are lost with the region that they must help to recover.
package stateinfailedregion

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
	for _, e := range p.Graph.Environments {
		if e.State == nil {
			continue
		}
		region, known := e.State.Region.Get()
		if regions := builtIn(p.Graph, e); !known || len(regions) < 2 || !slices.Contains(regions, region) || // with one region there is nothing left to recover
			copied(p.Graph, e.State, region) || p.Stakes(e.Name) == analyzer.NoStakes {
			continue
		}
		p.Report(analyzer.Finding{Level: analyzer.Warning, Origin: e.State.Region.Origin,
			Message: fmt.Sprintf("If %s is lost, Terraform cannot change what %s has in other regions: its state is kept in %s.", region, e.Name, region)})
	}
}

// builtIn are the regions that an environment has clusters, load balancers or data in; where it has none of these, those of all that it
// builds. The bucket of its own state is not what it is for.
func builtIn(g *mesh.Graph, e *mesh.Environment) (out []string) {
	add := func(region string) {
		if region != "" && !slices.Contains(out, region) {
			out = append(out, region)
		}
	}
	for _, name := range e.Clusters {
		if c := g.Cluster(name); c != nil {
			add(c.Region)
		}
	}
	for _, b := range g.Balancers {
		if strings.HasPrefix(b.ID, e.Name+"/") {
			add(b.Region.Or(""))
		}
	}
	own := ""
	for _, s := range g.Stores {
		switch name, known := e.State.Name.Get(); {
		case s.Environment != e.Name:
		case known && s.Name == name:
			own = s.Region.Or("")
		default:
			add(s.Region.Or(""))
		}
	}
	if len(out) == 0 {
		out = slices.DeleteFunc(slices.Clone(e.Regions), func(r string) bool { return r == own })
	}
	return out
}

// copied reports whether the bucket of a state has a copy in another region, or may have one.
func copied(g *mesh.Graph, s *mesh.StateStore, region string) bool {
	name, known := s.Name.Get()
	if !known {
		return false
	}
	return slices.ContainsFunc(g.Stores, func(o *mesh.DataStore) bool {
		return o.Name == name && (o.Open != "" || slices.ContainsFunc(o.Copies, func(c mesh.Copy) bool { return c.Region.Or("") != region }))
	})
}
