package fleet

import (
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// consulSystem is a mesh of Consul, of which nothing is compiled yet: it has no services, and so no cells.
type consulSystem struct{}

func (f *Fleet) newConsul(*meshState) system { return consulSystem{} }

func (consulSystem) Class(*mesh.Service, *mesh.Client) string    { return "-" }
func (consulSystem) View(*mesh.Service, *mesh.Client) *mesh.View { return nil }
func (consulSystem) Resolve(c *mesh.Client) *mesh.Resolution     { return &mesh.Resolution{Client: c} }
func (consulSystem) Services() []*mesh.Service                   { return nil }
func (consulSystem) Gateways() []*mesh.Gateway                   { return nil }
func (consulSystem) Facts() []*mesh.Fact                         { return nil }
func (consulSystem) Diagnostics() []source.Diagnostic            { return nil }
func (consulSystem) workloads() []*mesh.Workload                 { return nil }
func (consulSystem) identify()                                   {}
func (consulSystem) clients() []*mesh.Client                     { return nil }
func (consulSystem) calls(*names) []*mesh.Dependency             { return nil }
func (consulSystem) hidden(*mesh.Service, *mesh.Client) (mesh.Loss, bool, bool) {
	return mesh.Loss{}, false, false
}
func (consulSystem) with([]Change) (system, map[*mesh.Service]*mesh.Service, bool) {
	return nil, nil, false
}

func (consulSystem) intents() func(*mesh.Service) ([]mesh.Evidence, []*mesh.Fact) {
	return func(*mesh.Service) ([]mesh.Evidence, []*mesh.Fact) { return nil, nil }
}
