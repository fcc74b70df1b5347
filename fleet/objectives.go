package fleet

import (
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// setObjectives gives each service the objective that is declared for it: by annotation, else
// the first match of the config.
func (f *Fleet) setObjectives(g *mesh.Graph) {
	for _, state := range f.meshes {
		for _, s := range g.Services {
			if s.Mesh != state.mesh.Name {
				continue
			}
			written, problems := state.written(s)
			for _, p := range problems {
				f.kubernetesErrors = append(f.kubernetesErrors, source.Diagnostic{Position: p.Position, Message: p.Message})
			}
			declared := declaredFor(f.Config, s)
			switch {
			case f.standards != nil:
				s.Objective = f.standards.objective(s, written, declared)
			case written != nil:
				s.Objective = written
			default:
				s.Objective = declared
			}
		}
	}
}

// declaredFor is the objective of a config for a service, or nil.
func declaredFor(c *config.Config, s *mesh.Service) *mesh.Objective {
	if c == nil {
		return nil
	}
	for i := range c.Objectives {
		o := &c.Objectives[i]
		if o.Match.Matches(s.Namespace, s.Name, s.Clusters, s.Labels) {
			return &o.Objective
		}
	}
	return nil
}

// written reads the objective in the annotations of a service: of the first cluster whose Kubernetes Service has one.
func (state *meshState) written(s *mesh.Service) (*mesh.Objective, []config.Problem) {
	var first *mesh.Objective
	var problems []config.Problem
	for _, c := range s.Clusters {
		svc := state.kubernetesService(s, c)
		if svc == nil || len(svc.Annotations) == 0 {
			continue
		}
		o, wrong := config.FromAnnotations(svc.Annotations, svc.Doc, "/metadata/annotations")
		problems = append(problems, wrong...)
		if o != nil && first == nil {
			first = &o.Objective
		}
	}
	return first, problems
}
