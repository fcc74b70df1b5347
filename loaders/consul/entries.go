package consul

import (
	"time"

	"github.com/passmuster/muster/mesh"
)

// Entry is one config entry as it was read.
type Entry struct {
	Kind, Name string
	Resource   bool // it was written as a resource of consul-k8s
	Origin     mesh.Origin

	// The decoded body; one of them is set unless the kind is not modelled or Problem is set.
	ProxyDefaults   *ProxyDefaults
	ServiceDefaults *ServiceDefaults
	Resolver        *Resolver
	Splitter        *Splitter
	Router          *Router
	Exports         []Export
	Intentions      *Intentions
	Mesh            *MeshWide
	// Behind are the services that an ingress gateway calls; "*" = all.
	Behind    []string
	Sameness  *Sameness
	Listeners []Listener // of an API gateway
	Attached  *Attached  // a route of API gateways
	// Linked are the services that a terminating gateway leads to.
	Linked []Linked

	// Problem is why the entry cannot be decoded; nil if it can.
	Problem *Problem

	told       bool     // of a sameness group: what it comes to
	enterprise *Problem // what only the Enterprise edition accepts
	body       *value   // as it was written
}

// ProxyDefaults is what holds for all proxies.
type ProxyDefaults struct {
	Protocol    string // of Config; "" = none
	MeshGateway string // mode; "" = unset
	MutualTLS   string // mode; "" = strict
	Mode        string // "transparent", "direct" or ""
	Origin      mesh.Origin
	GatewayAt   mesh.Origin
	MutualTLSAt mesh.Origin
	PassiveAt   mesh.Origin // a passive health check in Config, where it does nothing; zero without one
}

// MeshWide is what the entry of kind mesh says.
type MeshWide struct {
	AllowPermissive bool // services may accept connections without mTLS
	// Incoming and Outgoing bound the TLS that proxies take and offer; nil = Envoy's defaults.
	Incoming, Outgoing *TLSSettings
}

// ServiceDefaults is what holds for one service. Without Protocol it means tcp, whatever
// proxy-defaults say (sheet, section 1, fact 7).
type ServiceDefaults struct {
	Protocol    string
	ExternalSNI string
	MeshGateway string // mode; "" = unset
	MutualTLS   string // mode; "" = unset
	Mode        string // "transparent", "direct" or ""
	Upstreams   *UpstreamDefaults
	Origin      mesh.Origin
	GatewayAt   mesh.Origin
	MutualTLSAt mesh.Origin
}

// Resolver says which instances of which service a name stands for.
type Resolver struct {
	DefaultSubset  string
	Subsets        map[string]Subset
	Redirect       *Redirect
	Failover       map[string]Failover // by subset, or "*"
	ConnectTimeout time.Duration       // 0 = the default of 5 s
	RequestTimeout time.Duration       // 0 = unset
	LoadBalancer   *LoadBalancer
	Origin         mesh.Origin
	DefaultAt      mesh.Origin // of DefaultSubset
	ConnectAt      mesh.Origin // of ConnectTimeout
	RequestAt      mesh.Origin // of RequestTimeout
}

// Subset is a part of a service's instances.
type Subset struct {
	Filter      string // "" = all
	FilterAt    mesh.Origin
	OnlyPassing bool // a warning makes an instance unhealthy
	Origin      mesh.Origin
}

// Redirect replaces a resolver by another one. Empty fields keep what they were.
type Redirect struct {
	Reference
	Origin mesh.Origin
}

// Reference names a target; what is empty comes from the target that refers.
type Reference struct {
	Service, Subset, Datacenter, Peer string
	Namespace, Partition, Sameness    string // Enterprise
}

// Failover is one section of a resolver's failover.
type Failover struct {
	Reference
	Datacenters []string
	Targets     []FailoverTarget
	PolicyMode  string // Enterprise
	Origin      mesh.Origin
	ListAt      mesh.Origin // of Datacenters or Targets
}

// FailoverTarget is one element of Failover.Targets.
type FailoverTarget struct {
	Reference
	Origin mesh.Origin
}

// LoadBalancer chooses among the endpoints of one target.
type LoadBalancer struct {
	Policy                           string
	MinimumRingSize, MaximumRingSize int
	ChoiceCount                      int
	HashPolicies                     []HashPolicy
	Origin                           mesh.Origin

	hasRing, hasLeast bool
}

// HashPolicy is one thing that requests are hashed on.
type HashPolicy struct {
	Field, FieldValue string
	SourceIP          bool
	Origin            mesh.Origin

	cookie, cookieSession bool
	cookieTTL             time.Duration
}

// Splitter divides the requests for a service.
type Splitter struct {
	Splits []Split
	Origin mesh.Origin
}

// Split is one share. Weight is in percent, with two decimals.
type Split struct {
	Weight float32
	Reference
	Origin mesh.Origin
}

// Router sends the requests for a service by what they look like.
type Router struct {
	Routes []Route
	Origin mesh.Origin
}

// Route is one route of a router.
type Route struct {
	Match       Match
	Destination Destination
	Origin      mesh.Origin
}

// Match is what a request must look like; the zero Match is every request.
type Match struct {
	PathExact, PathPrefix, PathRegex string
	Headers, Query                   []FieldMatch
	Methods                          []string
}

// FieldMatch is a condition on a header or on a parameter of the query.
type FieldMatch struct {
	Name                         string
	Present, Invert              bool
	Exact, Prefix, Suffix, Regex string
}

// Destination is where a route leads, and how.
type Destination struct {
	Reference
	PrefixRewrite               string
	RequestTimeout, IdleTimeout time.Duration // 0 = unset
	NumRetries                  int
	RetryOn                     []string
	RetryOnConnectFailure       bool
	RetryOnStatusCodes          []int
}

// Export is one service of an exported-services entry, and who may use it.
type Export struct {
	Service   string // "*" = all
	Consumers []Consumer
	Origin    mesh.Origin
}

// Consumer is another cluster that may use a service: one of its fields is set.
type Consumer struct {
	Peer                string
	Partition, Sameness string // Enterprise
	Origin              mesh.Origin
}

// Linked is a service that a terminating gateway leads to, and how the gateway speaks to it: with TLS if it has a CA to check the
// server by, with a certificate of its own if it has one, else in plaintext.
type Linked struct {
	Name                           string // "*" = every service that has an instance without a proxy
	CAFile, CertFile, KeyFile, SNI string
	Origin                         mesh.Origin
	CAAt                           mesh.Origin // of CAFile; zero without
}

// Intentions say who may call a service.
type Intentions struct {
	Sources []IntentionSource
	// JWT: requests need a token besides, which the inputs do not show.
	JWT bool
	// PermissionsAt is the first permission, which looks at HTTP requests; zero without any.
	PermissionsAt mesh.Origin
	Origin        mesh.Origin
}

// IntentionSource is a caller and what it may do.
type IntentionSource struct {
	Name        string // "*" = all
	Peer        string // "" = callers of the own federation
	Sameness    string // Enterprise
	Allow       bool   // without Permissions
	Permissions bool   // it depends on the request
	Origin      mesh.Origin
}
