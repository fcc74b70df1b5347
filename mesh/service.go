package mesh

import (
	"slices"
	"sync"
	"time"
)

// Service is one host that clients call, with everything that stands behind it in the fleet.
type Service struct {
	ID        ServiceID
	Mesh      string
	Namespace string
	Name      string   // short name, without namespace and domain
	Hosts     []string // the first is the one in the id
	Ports     []Port
	Clusters  []string // where it is declared, sorted
	External  bool     // outside the mesh (ServiceEntry MESH_EXTERNAL)
	Mirror    bool     // stands for services of other clusters under a name of its own
	Labels    map[string]string
	// Objective is what the owners declare to survive, or nil.
	Objective *Objective
	// DependsOn are declared strong dependencies ("name.namespace" or host), with their lines.
	DependsOn []Value[string]
	// Endpoints are all endpoints of the service in the fleet, before any client's view
	// (network, cluster-local, subset) is taken. A pool's endpoints are these or gateways in
	// front of them.
	Endpoints []*Endpoint
	// Entrance is the gateway that callers of other clusters come through, under its identity and with its address; nil = none.
	Entrance *Gateway
	// Tries are the rules by which callers try again, where a single try has a time of its own; filled in by loaders of meshes that
	// write them at the service, and nil otherwise.
	Tries []Try
	// Intent is what the configuration shows its author wants, with evidence; empty if it
	// shows no intent to survive anything.
	Intent Intent
	// Losses are configuration that looks as if it applied to this service and does not, for
	// every client ("the rule stands in a third namespace").
	Losses []Loss
	Origin Origin
	// Gap is what is known to exist of this service alone and is not in the inputs, or nil.
	Gap *Gap

	fixed *View
	mu    sync.RWMutex
	views map[string]*View
}

// Fix gives the service one view for every client: for graphs built by hand and for meshes
// whose clients all see the same.
func (s *Service) Fix(v *View) { v.Service = s; s.fixed = v }

// MayObey reports whether a caller of the service obeys a rule of a kind, as far as views were
// compiled: after a matrix, for all classes of callers. Where nobody has looked yet, some may.
func (s *Service) MayObey(is func(*RouteRule) bool) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, v := range s.views {
		if v == nil {
			continue
		}
		for _, route := range v.Routes {
			if slices.ContainsFunc(route.Rules, is) {
				return true
			}
		}
	}
	return len(s.views) == 0
}

// OnlyGateways reports whether all endpoints of the service are gateways: mesh clients do not call
// these, and standing in several regions says nothing of what they are to survive.
func (s *Service) OnlyGateways() bool {
	for _, e := range s.Endpoints {
		if e.Workload == nil || !e.Workload.Gateway {
			return false
		}
	}
	return len(s.Endpoints) > 0
}

// Fresh is the same service without compiled views: what an update puts in place of a service
// whose configuration changed.
func (s *Service) Fresh() *Service {
	return &Service{ID: s.ID, Mesh: s.Mesh, Namespace: s.Namespace, Name: s.Name, Hosts: s.Hosts, Ports: s.Ports, Clusters: s.Clusters,
		External: s.External, Mirror: s.Mirror, Labels: s.Labels, Objective: s.Objective, DependsOn: s.DependsOn, Endpoints: s.Endpoints, Entrance: s.Entrance, Tries: s.Tries, Intent: s.Intent,
		Losses: s.Losses, Origin: s.Origin, Gap: s.Gap, fixed: s.fixed}
}

// Try is how long a request may take as a whole, beside one of its tries.
type Try struct {
	Timeout, PerTry Value[time.Duration]
	Retries         int // after the first try
	// Copied: a service that stands for this one and others, so that some may be lost, has a copy of the rule.
	Copied bool
}

// Port is a port that a service offers.
type Port struct {
	Number   int
	Name     string
	Protocol Protocol
	Origin   Origin
}

// Protocol is the protocol that a mesh speaks on a port; it decides whether routes, retries and
// timeouts exist.
type Protocol string

// The protocols that matter to routing. HTTP2 and GRPC count as HTTP.
const (
	HTTP  Protocol = "HTTP"
	HTTP2 Protocol = "HTTP2"
	GRPC  Protocol = "GRPC"
	HTTPS Protocol = "HTTPS"
	TLS   Protocol = "TLS"
	TCP   Protocol = "TCP"
	UDP   Protocol = "UDP"
)

// IsHTTP reports whether requests on the port are routed, retried and timed one by one.
func (p Protocol) IsHTTP() bool { return p == HTTP || p == HTTP2 || p == GRPC }

// Pattern is a deployment pattern over localities or versions.
type Pattern string

// The patterns that muster knows: the first two over localities, the others over versions.
const (
	ActiveActive  Pattern = "active-active"
	ActivePassive Pattern = "active-passive"
	Canary        Pattern = "canary"
	BlueGreen     Pattern = "blue-green"
	AB            Pattern = "a-b"
	// NoPattern is known to be none, where "" is not known, or not asked.
	NoPattern Pattern = "none"
)

// Objective is a declared promise: each failure in Survive, one at a time, under each fault, is
// a proof obligation over the matrix.
type Objective struct {
	Survive []string // "zone", "region", "cluster", "service", "gateway" or a concrete scenario
	Faults  []string // crash, hang, partition, error
	// UsualFaults: nobody listed faults, and Faults are what the loss of a place looks like. What a bad
	// release does by nature (error) is meant as well then.
	UsualFaults bool
	RTO         Value[time.Duration]
	RPO         Value[time.Duration]
	Failback    Value[time.Duration]
	Latency     Value[time.Duration]
	Pattern     Pattern
	Encryption  string // mtls, tls or any
	Drill       Drilling
	Origin      Origin
}

// Drilling is what an objective asks of drills.
type Drilling struct {
	// MaxAge is how old the last drill of what is promised may be; not known = no drills are asked for.
	MaxAge Value[time.Duration]
}

// DefaultDrillAge is how old a drill may be where nobody says: DORA asks for tests of all systems of critical functions every
// year.
const DefaultDrillAge = 365 * 24 * time.Hour

// Intent is what the configuration itself sets out to do, with the lines that show it.
type Intent struct {
	Evidence []Evidence
}

// Mechanism returns the first configuration that sets out to move traffic, or false.
func (i Intent) Mechanism() (Evidence, bool) {
	for _, e := range i.Evidence {
		if e.Mechanism {
			return e, true
		}
	}
	return Evidence{}, false
}

// Declared reports whether there is any intent.
func (i Intent) Declared() bool { return len(i.Evidence) > 0 }

// Evidence is one sign of intent, or of a dependency.
type Evidence struct {
	What   string // "failover us-east-1 -> us-west-2", "endpoints in 2 regions"
	Origin Origin
	// Mechanism marks configuration that sets out to move traffic (failover, failoverPriority,
	// distribute): where it is inert or leads nowhere, a promise is broken.
	Mechanism bool
}

// Dependency is a call that the caller cannot do without (strong), or a name that was merely
// found in its environment (weak: never more than a note).
type Dependency struct {
	Caller *Workload // nil if only the caller's service is known
	From   ServiceID // service of the caller, "" if none selects it
	To     ServiceID
	Strong bool
	Named  string // as it is written, where it is declared or imported by name; else ""
	Evidence
}

// Workload is a set of equal pods.
type Workload struct {
	ID        string // cluster/namespace/Kind/name
	Cluster   string
	Namespace string
	Kind      string // Deployment, StatefulSet, DaemonSet, Pod, WorkloadGroup, …
	Name      string
	Labels    map[string]string // of the pods
	Replicas  Value[int]
	Autoscale *Autoscale
	// MinAvailable and MaxUnavailable of the PodDisruptionBudget that selects the pods, in pods.
	Disruption *DisruptionBudget
	Spread     []Spread
	Readiness  *Probe
	Liveness   *Probe
	// Meshed tells whether the pods get a proxy: namespace, revision and pod labels resolved.
	Meshed         Value[bool]
	SkipPorts      []int // inbound ports that bypass the proxy
	Gateway        bool  // the pods are proxies of Gateways, at the edge or between networks
	ServiceAccount string
	Identity       string // SPIFFE identity without scheme: trust-domain/ns/x/sa/y
	Locality       Value[Locality]
	Network        string
	// Template tells how the pods run, on first use: ask Spec.
	Template PodTemplate
	// Telemetry is what the mesh is told to report of the pods; nil if nobody says anything of it.
	Telemetry *Telemetry
	// Proxy is what is written about the pods' sidecars; nil if nothing is.
	Proxy  *ProxySettings
	Origin Origin
}

// Autoscale is a HorizontalPodAutoscaler. Min and Max are replicas; Utilisation is the target
// CPU share in percent (0 if it scales on something else).
type Autoscale struct {
	Min, Max    int
	Utilisation int
	Origin      Origin // of Min
	MaxOrigin   Origin
}

// DisruptionBudget is a PodDisruptionBudget, values as written ("1", "50%").
type DisruptionBudget struct {
	MinAvailable, MaxUnavailable string
	Origin                       Origin
}

// Spread is a topology spread constraint or anti-affinity over a topology key. Hard constraints
// force the spread (DoNotSchedule, required anti-affinity).
type Spread struct {
	TopologyKey string
	MaxSkew     int
	Hard        bool
	Origin      Origin
}

// Probe is a kubelet probe. A tcp probe sees a hang of the application as healthy, because the
// kernel accepts.
type Probe struct {
	Handler string // http, tcp, exec, grpc
	Port    int
	Path    string // http: as written; grpc: the service that is asked for, "" = the server as a whole
	Period  time.Duration
	Timeout time.Duration
	Failure int // consecutive failures until it acts
	Origin  Origin
}

// Gateway is a proxy that traffic between networks, or from outside, passes: a node that can
// fail, with everything behind it.
type Gateway struct {
	ID        string // cluster/namespace/name
	Cluster   string
	Namespace string
	Name      string
	Role      GatewayRole
	Network   string // east-west: the network it leads into
	Addresses []string
	Locality  Locality
	Workloads []*Workload
	// Identity is what the servers behind it see in place of their callers'; "" = the callers' own.
	Identity string
	Origin   Origin
}

// GatewayRole tells what a gateway is for.
type GatewayRole string

// The roles of gateways.
const (
	Ingress  GatewayRole = "ingress"
	Egress   GatewayRole = "egress"
	EastWest GatewayRole = "east-west"
)
