// Package copiesrundifferentversions speaks for copies of a service that run different versions without a rollout that
// explains it.
package copiesrundifferentversions

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, s := range p.Graph.Services {
		if _, moves := s.Intent.Mechanism(); s.Objective == nil && !moves || rollsOut(s) || p.Graph.Gap(s) != nil {
			continue
		}
		for _, group := range s.Copies() {
			judge(p, s, group)
		}
	}
}

// rollsOut reports whether versions are declared to differ for a while.
func rollsOut(s *mesh.Service) bool {
	return s.Objective != nil && (s.Objective.Pattern == mesh.Canary || s.Objective.Pattern == mesh.BlueGreen)
}

// judge finds the copy that differs from most others, the last of equals.
func judge(p *analyzer.Pass, s *mesh.Service, group []*mesh.Workload) {
	odd, most := -1, 0
	for i := range group {
		n := 0
		for j := range group {
			if differ(s, group[i], group[j]) {
				n++
			}
		}
		if n > 0 && n >= most {
			odd, most = i, n
		}
	}
	if odd < 0 {
		return
	}
	w := group[odd]
	c := application(s, w)
	f := analyzer.Finding{Level: analyzer.Warning, Service: s, Origin: c.Image.Origin}
	var other *mesh.Workload
	for _, o := range group {
		if differ(s, w, o) && !toldApart(p.Graph, s, w, o) {
			image := application(s, o).Image
			f.Related = append(f.Related, mesh.Evidence{What: image.V.Beside(c.Image.V) + " in " + o.Cluster, Origin: image.Origin})
			if other == nil {
				other = o
			}
		}
	}
	if other == nil {
		return
	}
	image := application(s, other).Image.V
	f.Message = fmt.Sprintf("If requests to %s fail over between %s and %s, another version answers them, an upgrade or a downgrade that nobody rolled out: container %s of %s %s runs %s in %s, and %s in %s.",
		s.Name, other.Cluster, w.Cluster, c.Name, w.Kind, w.Name, c.Image.V.Beside(image), w.Cluster, image.Beside(c.Image.V), other.Cluster)
	p.Report(f)
}

func differ(s *mesh.Service, a, b *mesh.Workload) bool {
	x, y := application(s, a), application(s, b)
	return x != nil && y != nil && x.Image.IsKnown() && y.Image.IsKnown() && x.Image.V.OtherVersion(y.Image.V)
}

// application is the container that answers the service's requests: the first one, where none declares the port.
func application(s *mesh.Service, w *mesh.Workload) *mesh.Container {
	spec := w.Spec()
	for _, e := range s.Endpoints {
		if e.Workload == w {
			if c := spec.Serving(e.Port); c != nil {
				return c
			}
		}
	}
	if len(spec.Containers) == 0 {
		return nil
	}
	return &spec.Containers[0]
}

// toldApart reports whether routes know the two as versions: a subset selects one of them only.
func toldApart(g *mesh.Graph, s *mesh.Service, a, b *mesh.Workload) bool {
	return slices.ContainsFunc(g.Versions(s), func(v mesh.Version) bool {
		return v.Of == s && v.Labels != nil && slices.Contains(v.Workloads, a) != slices.Contains(v.Workloads, b)
	})
}
