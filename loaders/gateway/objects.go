package gateway

import (
	"slices"

	"github.com/passmuster/muster/mesh"
)

// Gateway is a Gateway: listeners that routes attach to.
type Gateway struct {
	Meta
	Class     string
	Listeners []Listener
	Addresses []Address // that are asked for
	// Given are the addresses of its status, where the inputs are of a cluster.
	Given []Address
	// Deployed are the labels and annotations of what an implementation deploys for it.
	Deployed Infrastructure
}

// Address of a Gateway. Type is IPAddress, Hostname, or an implementation's own.
type Address struct{ Type, Value string }

// Infrastructure is how an implementation deploys a Gateway.
type Infrastructure struct {
	Labels, Annotations map[string]string
	Parameters          *Reference // nil = none
	Origin              mesh.Origin
}

// Listener is one port of a Gateway.
type Listener struct {
	Name     string
	Hostname string // "" = any
	Port     int
	Protocol string // HTTP, HTTPS, TLS, TCP, UDP, or an implementation's own
	TLS      *ListenerTLS
	// From is who may attach: Same (the CRD's default), All, Selector or None.
	From     string
	Selector *Selector // of namespaces, for From Selector
	// Kinds are those of routes that may attach, each with its group; empty = those of the protocol.
	Kinds  []Reference
	Origin mesh.Origin
}

// ListenerTLS is what a listener does with TLS. Mode is Terminate (the CRD's default) or Passthrough.
type ListenerTLS struct {
	Mode         string
	Certificates []Reference
	Options      map[string]string
}

// Class is a GatewayClass: it says who implements Gateways of a class.
type Class struct {
	Meta
	Controller string
	Parameters *Reference // nil = none
}

// ReferenceGrant lets objects of other namespaces refer to objects of its own.
type ReferenceGrant struct {
	Meta
	From []Reference // Namespace is that of the objects that refer; Name is ""
	To   []Reference // Name "" = all of the kind; Namespace is ""
}

// Grants are all ReferenceGrants of a cluster.
type Grants []*ReferenceGrant

// Allow reports whether an object of a kind and namespace may refer to another. Within a namespace everything may.
// Gateway API: ReferenceGrant.
func (g Grants) Allow(from, to Reference) bool {
	if to.Namespace == "" || to.Namespace == from.Namespace {
		return true
	}
	return slices.ContainsFunc(g, func(grant *ReferenceGrant) bool {
		return grant.Namespace == to.Namespace &&
			slices.ContainsFunc(grant.From, func(f Reference) bool { return f.Is(from.Group, from.Kind) && f.Namespace == from.Namespace }) &&
			slices.ContainsFunc(grant.To, func(t Reference) bool { return t.Is(to.Group, to.Kind) && (t.Name == "" || t.Name == to.Name) })
	})
}

// BackendTLSPolicy says how clients of the Gateway API speak TLS to a backend of its namespace.
type BackendTLSPolicy struct {
	Meta
	Targets []PolicyTarget
	// Hostname is the name that is asked for, and that the certificate has to have unless SANs says otherwise.
	Hostname string
	SANs     []string // hostnames and URIs
	// CAs are objects that hold certificates; System: those of the system are trusted.
	CAs    []Reference
	System bool
	Origin mesh.Origin // of `validation`
}

// PolicyTarget is what a policy is for, in its own namespace.
type PolicyTarget struct {
	Reference
	SectionName string // a port's name of a Service; "" = all ports
	Origin      mesh.Origin
}
