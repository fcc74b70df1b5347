package fleet

import (
	"slices"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/consul"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// consulSystem is a mesh of Consul.
type consulSystem struct {
	*consul.Mesh
	diagnostics []source.Diagnostic
}

func (f *Fleet) newConsul(state *meshState) system {
	in := consul.Federation{Mesh: state.mesh}
	x := &consulSystem{}
	take := func(c *mesh.Cluster) consul.Datacenter {
		content, diags := f.consulContents(c.Name)
		if c.Mesh == state.mesh.Name {
			x.diagnostics = append(x.diagnostics, diags...)
		}
		return consul.Datacenter{Cluster: c, Content: content, Inventory: f.inventories[c.Name]}
	}
	for _, c := range state.clusters {
		in.Datacenters = append(in.Datacenters, take(c))
	}
	if m := f.declared(state.mesh.Name); m != nil {
		in.Edition = m.Edition
		for _, p := range m.Peers {
			i := slices.IndexFunc(f.clusters, func(c *mesh.Cluster) bool { return c.Name == p.Cluster })
			if i < 0 {
				continue // the config's own checks tell
			}
			at := f.clusters[i]
			peer := consul.Peer{Name: p.Name, As: p.As, Mesh: at.Mesh, Datacenter: take(at), Position: mesh.Origin{In: &located{p.Position}}}
			if other := f.declared(at.Mesh); other != nil {
				peer.TrustDomain, peer.Edition = other.TrustDomain, other.Edition
			}
			in.Peers = append(in.Peers, peer)
		}
	}
	x.Mesh = consul.Compile(in)
	return x
}

// declared is what the config says of a mesh, or nil.
func (f *Fleet) declared(name string) *config.Mesh {
	if f.Config == nil {
		return nil
	}
	for i := range f.Config.Meshes {
		if f.Config.Meshes[i].Name == name {
			return &f.Config.Meshes[i]
		}
	}
	return nil
}

// Diagnostics are what could not be read of the resources of consul-k8s.
func (x *consulSystem) Diagnostics() []source.Diagnostic { return x.diagnostics }

func (x *consulSystem) workloads() []*mesh.Workload { return x.Workloads() }
func (x *consulSystem) identify()                   { x.Identify() }
func (x *consulSystem) clients() []*mesh.Client     { return x.Clients() }

// calls are the upstreams of registrations and pods.
func (x *consulSystem) calls(_ *names, add func(mesh.Dependency)) {
	for _, d := range x.Dependencies() {
		add(*d)
	}
}

// hidden: a caller without an upstream for a service does not mean to call it.
func (x *consulSystem) hidden(*mesh.Service, *mesh.Client) (by mesh.Loss, refused, ok bool) {
	return mesh.Loss{}, false, false
}

// with: an entry reaches further than the service that it is about.
func (x *consulSystem) with([]Change) (next system, replaced map[*mesh.Service]*mesh.Service, ok bool) {
	return nil, nil, false
}

func (x *consulSystem) intents() func(*mesh.Service) ([]mesh.Evidence, []*mesh.Fact) {
	return func(s *mesh.Service) ([]mesh.Evidence, []*mesh.Fact) { return x.Intent(s), nil }
}
