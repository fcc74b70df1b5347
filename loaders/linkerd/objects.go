// Package linkerd reads the Linkerd side of a fleet and answers what Linkerd's destination server
// would answer a proxy: which endpoints a Service has, which profile governs it, and on which
// weights the failover operator settles. The semantics are those of linkerd2's destination
// server; recorded answers of it decide whether they are right (testdata/vectors/linkerd).
package linkerd

import (
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Meta is the part of an object's metadata that decides something.
type Meta struct {
	kubernetes.Key
	Labels, Annotations map[string]string
	Doc                 *source.Document
}

// At is the origin of a value of the object, by its JSON pointer.
func (m *Meta) At(path string) mesh.Origin { return mesh.At(m.Doc, path) }

// Objects are the objects of one cluster that decide Linkerd's answers. They are not changed once
// read. Pods are kept whatever their phase: the destination server serves what slices announce.
type Objects struct {
	Namespaces map[string]*Meta
	Nodes      map[string]*Meta
	Services   map[kubernetes.Key]*Service
	Slices     map[kubernetes.Key][]*Slice // by the Service they belong to, sorted by name
	Pods       map[kubernetes.Key]*Pod
	// Endpoints are the core/v1 Endpoints. The failover operator reads nothing else; the
	// destination server does not look at them where slices are enabled.
	Endpoints map[kubernetes.Key]*Endpoints
	Profiles  map[kubernetes.Key]*ServiceProfile
	Splits    map[kubernetes.Key]*TrafficSplit
	Servers   map[string][]*Server // by namespace, sorted by name
	Links     []*Link              // sorted by namespace and name
	InboundObjects
}

// Service is a core/v1 Service.
type Service struct {
	Meta
	Type                  string // "" = ClusterIP
	ClusterIPs            []string
	InternalTrafficPolicy string
	Ports                 []ServicePort
	// OpaquePorts is the annotation config.linkerd.io/opaque-ports. It decides what clients take
	// for opaque; the annotation of the pod decides what is hinted of an endpoint.
	OpaquePorts PortList
}

// ServicePort is one port that a Service declares.
type ServicePort struct {
	Name   string
	Number int
	// Protocol is TCP, UDP or SCTP; AppProtocol decides whether clients take the port for HTTP. Of a slice both are "".
	Protocol, AppProtocol string
}

// port finds a declared port by its number; the first counts.
func (s *Service) port(number int) (ServicePort, bool) {
	for _, p := range s.Ports {
		if p.Number == number {
			return p, true
		}
	}
	return ServicePort{}, false
}

// Slice is an EndpointSlice.
type Slice struct {
	Meta
	AddressType string
	Entries     []SliceEntry
	Ports       []ServicePort // Number 0: the slice leaves the number out
	HasPorts    bool          // the slice has a list of ports, even an empty one
}

// SliceEntry is one endpoint of a slice.
type SliceEntry struct {
	Addresses []string
	Ready     bool   // absent counts as ready
	Kind      string // of targetRef
	HasTarget bool
	Target    kubernetes.Key // of targetRef; its namespace is not defaulted
	Hostname  string
	Zone      string
	HintZones []string
}

// Pod is a pod as it runs.
type Pod struct {
	Meta
	Node           string
	ServiceAccount string
	Ports          []PodPort // of init containers, then of containers
	// Proxy is what the environment of the container linkerd-proxy says; nil without one.
	Proxy       map[string]string
	OpaquePorts PortList // annotation config.linkerd.io/opaque-ports
	SkipInbound PortList // annotation config.linkerd.io/skip-inbound-ports
}

// PodPort is a declared container port.
type PodPort struct {
	Name            string
	Container, Host int
}

// Endpoints is a core/v1 Endpoints object, as far as the failover operator looks at it.
type Endpoints struct {
	Meta
	Ready bool // some subset has an address that is ready
}

// Server is a policy.linkerd.io Server.
type Server struct {
	Meta
	Selector      labels.Selector // matches nothing if it is absent or malformed
	PortNumber    int             // 0 when named
	PortName      string
	ProxyProtocol string
	// External selects ExternalWorkloads in place of pods; nil if the Server is for pods.
	External labels.Selector
	// AccessPolicy is for callers whom no authorization admits; "" = deny.
	AccessPolicy string
	// Refused: admission does not take the Server.
	Refused bool
}

// ServiceProfile is a linkerd.io ServiceProfile.
type ServiceProfile struct {
	Meta
	Routes    []ProfileRoute
	Overrides []Override
	Budget    *RetryBudget // nil: the default
	// Invalid says why the destination server cannot translate the profile, and where; clients
	// then go on with what they had: no profile at all. "" if it can.
	Invalid       string
	InvalidOrigin mesh.Origin
}

// ProfileRoute is a route of a ServiceProfile.
type ProfileRoute struct {
	Name      string
	Retryable bool
	// Method and PathRegex are what the condition asks for by itself; "" where it is put together of others.
	Method, PathRegex string
	Timeout           time.Duration // 0: none, or one that cannot be read
	Origin            mesh.Origin
}

// Override sends a share of the requests elsewhere.
type Override struct {
	Authority string // host[:port]
	Weight    uint32 // 10000 = 1
	Origin    mesh.Origin
}

// RetryBudget bounds the retries of a client.
type RetryBudget struct {
	Ratio        float32 // retries for each request
	MinPerSecond uint32
	TTL          time.Duration
	Origin       mesh.Origin
}

// TrafficSplit is a split.smi-spec.io TrafficSplit.
type TrafficSplit struct {
	Meta
	Service  string // the apex
	Backends []Backend
}

// Backend is a Service that a TrafficSplit sends to.
type Backend struct {
	Service string
	Weight  Weight
	Origin  mesh.Origin
}

// Link is a multicluster.linkerd.io Link: a cluster that this one mirrors services of.
type Link struct {
	Meta
	Cluster               string // targetClusterName
	ClusterDomain         string
	ControlPlaneNamespace string
	GatewayAddresses      []string
	GatewayPort           int
	GatewayIdentity       string // "": the gateway refuses what arrives
	ProbePath             string
	ProbePort             int
	ProbePeriod           time.Duration // 0: absent or unreadable
	ProbeTimeout          time.Duration // 0: absent or unreadable
	ProbeFailures         int           // 0: absent or unreadable
	// What of the target cluster is mirrored; each matches nothing if it is absent, empty or malformed.
	Mirrored, Flat, Federated labels.Selector
}
