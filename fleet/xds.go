package fleet

import (
	"slices"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/loaders/xds"
	"github.com/passmuster/muster/mesh"
)

// xdsSystem is what a control plane announces by xDS, read from files.
type xdsSystem struct{ *xds.Mesh }

func (f *Fleet) newXDS(state *meshState) system {
	in := xds.Input{Mesh: state.mesh, Read: f.readBeside}
	if m := f.declared(state.mesh.Name); m != nil {
		in.Client = m.Client
		for _, from := range m.From {
			in.From = append(in.From, mesh.ParseLocality(from))
		}
	}
	for _, c := range state.clusters {
		in.Clusters = append(in.Clusters, xds.Place{Cluster: c, Content: xds.Join(f.xds[c.Name]...)})
	}
	return &xdsSystem{xds.Compile(in)}
}

// readBeside is the content of a file that an input names, relative to it and below the input that it came from.
func (f *Fleet) readBeside(from mesh.Origin, name string) ([]byte, bool) {
	at := from.Position().File
	i := slices.IndexFunc(f.xdsFiles, func(x xdsFile) bool { return x.file == at })
	if i < 0 {
		return nil, false
	}
	data, ok := f.xdsFiles[i].beside(name)
	return data, ok
}

// Diagnostics are told by who read the files.
func (x *xdsSystem) Diagnostics() []source.Diagnostic { return nil }

func (x *xdsSystem) workloads() []*mesh.Workload { return nil }
func (x *xdsSystem) identify()                   {}
func (x *xdsSystem) clients() []*mesh.Client     { return x.Clients() }

// calls are none: what is announced does not say who asks for it.
func (x *xdsSystem) calls(*names, func(mesh.Dependency)) {}

// hidden: a client sees everything that is announced to it.
func (x *xdsSystem) hidden(*mesh.Service, *mesh.Client) (mesh.Loss, bool, bool) {
	return mesh.Loss{}, false, false
}

func (x *xdsSystem) with([]Change) (system, map[*mesh.Service]*mesh.Service, bool) {
	return nil, nil, false
}

func (x *xdsSystem) intents() func(*mesh.Service) ([]mesh.Evidence, []*mesh.Fact) {
	return func(s *mesh.Service) ([]mesh.Evidence, []*mesh.Fact) { return x.Intent(s), nil }
}
