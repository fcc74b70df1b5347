package linkerd

import (
	"net/netip"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// InboundObjects are the objects that decide which pods are meshed, and what their proxies accept.
type InboundObjects struct {
	// Subjects are the pods, pod templates and ExternalWorkloads.
	Subjects map[SubjectKey]*Subject
	// ServerAuthorizations, Policies and Routes are by namespace, sorted by name.
	ServerAuthorizations map[string][]*ServerAuthorization
	Policies             map[string][]*AuthorizationPolicy
	Routes               map[string][]*InboundRoute
	MeshTLS              map[kubernetes.Key]*MeshTLSAuthentication
	Networks             map[kubernetes.Key]*NetworkAuthentication
	EgressNetworks       map[kubernetes.Key]*EgressNetwork
	RateLimits           map[kubernetes.Key]*RateLimit
	External             map[kubernetes.Key]*ExternalWorkload
	// ControlPlanes are the ConfigMaps linkerd-config, by namespace.
	ControlPlanes map[string]*ControlPlane
	// TrustRoots are the ConfigMaps linkerd-identity-trust-roots, by namespace: the certificates that proxies
	// trust from their start on.
	TrustRoots map[string]mesh.Value[string]
	// Refused are what Linkerd's admission refuses, or drops, of single objects.
	Refused []*mesh.Fact

	left   map[SubjectKey]bool // the objects that admission refuses
	public []netip.Prefix      // addresses of pods outside the private networks
}

// ClientAuthorization is who one authorization lets through.
type ClientAuthorization struct {
	// Identities are those admitted: exact, "*" for any, or "*.suffix"; nil: no identity is needed.
	Identities []string
	// Networks are where callers have to be; nil: the networks of the cluster for a
	// ServerAuthorization, anywhere for an AuthorizationPolicy.
	Networks []Network
}

// Network is a range of addresses without some of them.
type Network struct {
	CIDR   netip.Prefix
	Except []netip.Prefix
}

// ServerAuthorization is a policy.linkerd.io ServerAuthorization.
type ServerAuthorization struct {
	Meta
	Server   string          // its name; "" if Selector selects
	Selector labels.Selector // of the Servers' labels
	Client   ClientAuthorization
	Accounts []kubernetes.Key // meshTLS.serviceAccounts, namespaces filled in
	MeshTLS  bool             // identities are needed, even if none is listed
}

// TargetKind is what an AuthorizationPolicy is for.
type TargetKind string

// The targets.
const (
	TargetServer    TargetKind = "Server"
	TargetNamespace TargetKind = "Namespace" // every Server of it; ports without a Server are left alone
	TargetHTTPRoute TargetKind = "HTTPRoute"
	TargetGRPCRoute TargetKind = "GRPCRoute"
)

// AuthorizationPolicy is a policy.linkerd.io AuthorizationPolicy.
type AuthorizationPolicy struct {
	Meta
	Kind   TargetKind
	Group  string // of a route
	Target string // name
	// Refs are required together.
	Refs []AuthenticationRef
}

// AuthenticationRef names what a policy requires.
type AuthenticationRef struct {
	kubernetes.Key
	Kind   string // MeshTLSAuthentication, NetworkAuthentication or ServiceAccount
	Origin mesh.Origin
}

// MeshTLSAuthentication is a list of identities.
type MeshTLSAuthentication struct {
	Meta
	Identities []string
	Accounts   []kubernetes.Key
	Namespaces []string
}

// NetworkAuthentication is a list of networks.
type NetworkAuthentication struct {
	Meta
	Networks []Network
}

// InboundRoute is an HTTPRoute or GRPCRoute that is attached to Servers of its namespace.
type InboundRoute struct {
	Meta
	Group   string
	Kind    TargetKind
	Servers []string
	// CatchAll: every request matches. Broken: Linkerd cannot use the route, and keeps what it had.
	CatchAll, Broken bool
}

// EgressNetwork is a policy.linkerd.io EgressNetwork.
type EgressNetwork struct {
	Meta
	Allow    bool      // trafficPolicy
	Networks []Network // nil: all that are none of the cluster
}

// RateLimit is an HTTPLocalRateLimitPolicy. What it refuses depends on how many requests come, which
// nothing here predicts.
type RateLimit struct {
	Meta
	Server string
	Limits bool // it limits anything
}
