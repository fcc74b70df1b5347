package failover

import (
	"fmt"

	"github.com/passmuster/muster/mesh"
)

// beyond is the gateway of another mesh that an external endpoint certainly is, or nil. Whoever lists it as a member of the mesh
// knows better.
func beyond(g *mesh.Graph, s *mesh.Service, e *mesh.Endpoint) *mesh.Edge {
	if !s.External || e.MeshAble || e.Workload != nil || e.Gateway != nil || g == nil || len(g.Edges) == 0 {
		return nil
	}
	return g.Beyond(s, e.Address)
}

// foreign says why a gateway of another mesh does not take the mTLS of this one: it has no certificate of this mesh to answer with,
// and its callers accept no other.
// Istio: ISTIO_MUTUAL validates the server with the root of the mesh alone.
func foreign(edge *mesh.Edge) string {
	what := "which ends TLS with a certificate of its own"
	if !edge.TLS {
		what = "which takes plaintext"
	}
	return fmt.Sprintf("mesh mTLS is spoken to %s %s/%s of the mesh %s, %s", edge.Kind, edge.Namespace, edge.Name, edge.Mesh, what)
}
