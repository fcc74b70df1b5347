package fleet

import (
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// system is one mesh as the loader of its kind understands it: the compiler that the graph asks, and what only that loader can
// tell of the inputs. Whatever is the same for every kind is worked out by the fleet.
type system interface {
	mesh.Compiler
	// Services, Gateways and Facts are the mesh's, sorted. Diagnostics are what its loader could not read.
	Services() []*mesh.Service
	Gateways() []*mesh.Gateway
	Facts() []*mesh.Fact
	Diagnostics() []source.Diagnostic
	// workloads are those that no inventory of Kubernetes holds.
	workloads() []*mesh.Workload
	// identify completes the workloads of the mesh: identities, membership, telemetry, which of them are gateways.
	identify()
	// clients are the classes of callers.
	clients() []*mesh.Client
	// intents tells of each service what is written about its failover, and the parts of it that lead nowhere.
	intents() func(*mesh.Service) ([]mesh.Evidence, []*mesh.Fact)
	// calls adds the dependencies that the mesh's own configuration shows. Those between a pair that is known, and those to
	// no service, are left out by who is told of them.
	calls(x *names, add func(mesh.Dependency))
	// hidden tells why a client does not see a service of the mesh, and whether what it sends there is refused; false if it
	// sees it.
	hidden(s *mesh.Service, c *mesh.Client) (by mesh.Loss, refused, ok bool)
	// with is the system after changes of a few objects, and the services that stand in for others then; false if the change
	// reaches further than that.
	with(changes []Change) (next system, replaced map[*mesh.Service]*mesh.Service, ok bool)
}

// newSystem reads and compiles one mesh.
func (f *Fleet) newSystem(state *meshState) system {
	switch state.mesh.Kind {
	case mesh.Linkerd:
		return f.newLinkerd(state)
	case mesh.Consul:
		return f.newConsul(state)
	case mesh.XDS:
		return f.newXDS(state)
	}
	return f.newIstio(state)
}

// documents are those of the mesh's clusters that a loader asks for.
func (f *Fleet) documents(state *meshState, wanted func(*source.Document) bool) []*source.Document {
	var docs []*source.Document
	for _, c := range state.clusters {
		for _, d := range f.docs[c.Name] {
			if wanted(d) {
				docs = append(docs, d)
			}
		}
	}
	return docs
}
