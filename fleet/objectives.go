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
			for _, c := range s.Clusters {
				f.fromAnnotations(state, s, c)
			}
			if s.Objective != nil || f.Config == nil {
				continue
			}
			for i := range f.Config.Objectives {
				o := &f.Config.Objectives[i]
				if o.Match.Matches(s.Namespace, s.Name, s.Clusters, s.Labels) {
					s.Objective = &o.Objective
					break
				}
			}
		}
	}
}

// fromAnnotations reads the objective written on the Kubernetes Service of one cluster.
func (f *Fleet) fromAnnotations(state *meshState, s *mesh.Service, cluster string) {
	svc := state.kubernetesService(s, cluster)
	if svc == nil || len(svc.Annotations) == 0 {
		return
	}
	o, problems := config.FromAnnotations(svc.Annotations, svc.Doc, "/metadata/annotations")
	for _, p := range problems {
		f.kubernetesErrors = append(f.kubernetesErrors, source.Diagnostic{Position: p.Position, Message: p.Message})
	}
	if o != nil && s.Objective == nil {
		s.Objective = &o.Objective
	}
}
