package fleet

import (
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// linkerdSystem is a mesh of Linkerd, of which nothing is compiled yet: it has no services, and so no cells.
type linkerdSystem struct{}

func (f *Fleet) newLinkerd(*meshState) system { return linkerdSystem{} }

func (linkerdSystem) Class(*mesh.Service, *mesh.Client) string    { return "-" }
func (linkerdSystem) View(*mesh.Service, *mesh.Client) *mesh.View { return nil }
func (linkerdSystem) Resolve(c *mesh.Client) *mesh.Resolution     { return &mesh.Resolution{Client: c} }
func (linkerdSystem) Services() []*mesh.Service                   { return nil }
func (linkerdSystem) Gateways() []*mesh.Gateway                   { return nil }
func (linkerdSystem) Facts() []*mesh.Fact                         { return nil }
func (linkerdSystem) Diagnostics() []source.Diagnostic            { return nil }
func (linkerdSystem) workloads() []*mesh.Workload                 { return nil }
func (linkerdSystem) identify()                                   {}
func (linkerdSystem) clients() []*mesh.Client                     { return nil }
func (linkerdSystem) calls(*names) []*mesh.Dependency             { return nil }
func (linkerdSystem) hidden(*mesh.Service, *mesh.Client) (mesh.Loss, bool, bool) {
	return mesh.Loss{}, false, false
}
func (linkerdSystem) with([]Change) (system, map[*mesh.Service]*mesh.Service, bool) {
	return nil, nil, false
}

func (linkerdSystem) intents() func(*mesh.Service) ([]mesh.Evidence, []*mesh.Fact) {
	return func(*mesh.Service) ([]mesh.Evidence, []*mesh.Fact) { return nil, nil }
}
