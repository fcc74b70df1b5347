// Package gateway reads objects of the Gateway API as they are written, for the compilers of all meshes that implement it. What a
// cluster decides before anybody reads an object (the defaults of the CRDs) is filled in; what implementations decide differently
// (durations, missing weights and namespaces, filters that some do not know) stays as it stands in the file, with its place.
package gateway

import (
	"cmp"
	"time"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// The API groups of what is read. Linkerd's own HTTPRoute has the shape of the Gateway API's.
const (
	Group        = "gateway.networking.k8s.io"
	GroupLinkerd = "policy.linkerd.io"
)

// The kinds that are read.
const (
	HTTPRoute            = "HTTPRoute"
	GRPCRoute            = "GRPCRoute"
	TLSRoute             = "TLSRoute"
	TCPRoute             = "TCPRoute"
	KindGateway          = "Gateway"
	KindGatewayClass     = "GatewayClass"
	KindReferenceGrant   = "ReferenceGrant"
	KindBackendTLSPolicy = "BackendTLSPolicy"
)

// Objects is all that was read, each kind in the order of its documents. It is not changed once it is returned.
type Objects struct {
	Routes      []*Route
	Gateways    []*Gateway
	Classes     []*Class
	Grants      Grants
	TLSPolicies []*BackendTLSPolicy
	// Facts are fields that the API does not know, values that the API server refuses, and objects that are there twice.
	Facts []*mesh.Fact
	// Diagnostics are objects that could not be read, and are left out.
	Diagnostics []source.Diagnostic
}

// Meta is the part of an object's metadata that decides something.
type Meta struct {
	Group, Version, Kind string
	Namespace, Name      string // the namespace is "default" where none is written, and "" for a GatewayClass
	Cluster              string
	Labels, Annotations  map[string]string
	Created              time.Time // zero = not known, as in all manifests
	Doc                  *source.Document
}

// Key is "namespace/name".
func (m *Meta) Key() string { return m.Namespace + "/" + m.Name }

// At is the origin of the value at a JSON pointer of the object.
func (m *Meta) At(path string) mesh.Origin { return mesh.At(m.Doc, path) }

// Resource names the object, for findings.
func (m *Meta) Resource() mesh.Resource { return m.Doc.Resource() }

// Older is the order of precedence that the Gateway API prescribes between objects: age, then namespace, then name. An
// object without a creation time counts as the oldest.
func (m *Meta) Older(n *Meta) int {
	return cmp.Or(m.Created.Compare(n.Created), cmp.Compare(m.Namespace, n.Namespace), cmp.Compare(m.Name, n.Name))
}

// Reference names an object: "" as a group is the core group, and "" as a namespace is that of the object that refers.
type Reference struct {
	Group, Kind, Namespace, Name string
}

// In is the namespace that the reference leads to, from an object in another.
func (r Reference) In(namespace string) string { return cmp.Or(r.Namespace, namespace) }

// Is reports whether the reference is to a kind of a group.
func (r Reference) Is(group, kind string) bool { return r.Group == group && r.Kind == kind }
