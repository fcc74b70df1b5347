// Package istio compiles Istio (and Gateway API mesh routes) into the mesh graph: which rule
// applies to which client, what it inherits, where endpoints are and who may call them. The
// semantics are those of istiod; recorded answers of istiod decide whether they are right.
package istio

import (
	"cmp"
	"time"

	meshconfig "istio.io/api/mesh/v1alpha1"
	networking "istio.io/api/networking/v1alpha3"
	networkingbeta "istio.io/api/networking/v1beta1"
	security "istio.io/api/security/v1beta1"
	telemetry "istio.io/api/telemetry/v1alpha1"

	"github.com/passmuster/muster/loaders/gateway"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Meta is the part of an object's metadata that decides something.
type Meta struct {
	Name, Namespace     string
	Cluster             string
	Labels, Annotations map[string]string
	Created             time.Time // zero = the youngest; equal ages are ordered by name, then namespace
	Doc                 *source.Document
}

// Key is "namespace/name", as reports and vectors name a rule.
func (m Meta) Key() string { return m.Namespace + "/" + m.Name }

// At is the origin of a value of the object.
func (m Meta) At(path string) mesh.Origin { return mesh.At(m.Doc, path) }

// Older orders by age, then name, then namespace: Istio's order wherever age decides.
func (m Meta) Older(n Meta) bool { return m.age(n) < 0 }

func (m Meta) age(n Meta) int {
	return cmp.Or(m.since().Compare(n.since()), m.inTurn(n), cmp.Compare(m.Name, n.Name), cmp.Compare(m.Namespace, n.Namespace))
}

// since is when an object of Istio counts as created. What carries no time counts as written just
// now, for istiod stamps it when it reads it.
func (m Meta) since() time.Time {
	if m.Created.IsZero() {
		return time.Unix(1<<40, 0)
	}
	return m.Created
}

// inTurn orders what carries no time, by name: rule-9 is read before rule-10.
func (m Meta) inTurn(n Meta) int {
	if !m.Created.IsZero() || !n.Created.IsZero() {
		return 0
	}
	return cmp.Or(compareNumbered(m.Name, n.Name), cmp.Compare(m.Namespace, n.Namespace))
}

// The objects that decide something, with typed specs.
type (
	// DestinationRule of networking.istio.io.
	DestinationRule struct {
		Meta
		Spec *networking.DestinationRule
		// places are those of blocks that stand elsewhere than in a DestinationRule, by pointer: istiod made it from
		// BackendTLSPolicies. Nil for one that somebody wrote.
		places map[any]mesh.Origin
	}
	// VirtualService of networking.istio.io.
	VirtualService struct {
		Meta
		Spec *networking.VirtualService
		// Gateway: it is made from a route of the Gateway API, and follows its semantics.
		Gateway bool
	}
	// ServiceEntry of networking.istio.io.
	ServiceEntry struct {
		Meta
		Spec *networking.ServiceEntry
	}
	// WorkloadEntry of networking.istio.io.
	WorkloadEntry struct {
		Meta
		Spec *networking.WorkloadEntry
	}
	// WorkloadGroup of networking.istio.io.
	WorkloadGroup struct {
		Meta
		Spec *networking.WorkloadGroup
	}
	// Gateway of networking.istio.io.
	Gateway struct {
		Meta
		Spec *networking.Gateway
	}
	// Sidecar of networking.istio.io.
	Sidecar struct {
		Meta
		Spec *networking.Sidecar
	}
	// PeerAuthentication of security.istio.io.
	PeerAuthentication struct {
		Meta
		Spec *security.PeerAuthentication
	}
	// AuthorizationPolicy of security.istio.io.
	AuthorizationPolicy struct {
		Meta
		Spec *security.AuthorizationPolicy
	}
	// Telemetry of telemetry.istio.io.
	Telemetry struct {
		Meta
		Spec *telemetry.Telemetry
	}
	// ProxyConfig of networking.istio.io.
	ProxyConfig struct {
		Meta
		Spec *networkingbeta.ProxyConfig
	}
)

// Config is what one configuration cluster's istiod reads: its mesh objects, sorted by age
// (oldest first). It is not changed once built.
type Config struct {
	Cluster               string
	Mesh                  *meshconfig.MeshConfig // laid over Istio's defaults
	Networks              *meshconfig.MeshNetworks
	MeshOrigin            mesh.Origin // of the ConfigMap's mesh text; Child paths reach inside
	DestinationRules      []*DestinationRule
	VirtualServices       []*VirtualService
	ServiceEntries        []*ServiceEntry
	WorkloadEntries       []*WorkloadEntry
	WorkloadGroups        []*WorkloadGroup
	Gateways              []*Gateway
	Sidecars              []*Sidecar
	PeerAuthentications   []*PeerAuthentication
	AuthorizationPolicies []*AuthorizationPolicy
	Routes                []*gateway.Route
	KubeGateways          []*gateway.Gateway // of the Gateway API
	GatewayClasses        []*gateway.Class
	Grants                gateway.Grants
	TLSPolicies           []*gateway.BackendTLSPolicy
	Telemetries           []*Telemetry
	ProxyConfigs          []*ProxyConfig
	// Others are recognised objects that decide nothing here or make part of the answer
	// unknown (EnvoyFilter, RequestAuthentication, WasmPlugin).
	Others []Meta
}
