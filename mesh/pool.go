package mesh

import "time"

// Discovery tells where a pool's endpoints come from.
type Discovery string

// The kinds of discovery, by Envoy's names.
const (
	EDS         Discovery = "eds"          // the control plane supplies endpoints
	StrictDNS   Discovery = "strict-dns"   // every address of the name is an endpoint
	LogicalDNS  Discovery = "logical-dns"  // one address of the name at a time
	OriginalDst Discovery = "original-dst" // the caller picks the address: no failover
)

// Pool is where requests to one host, port and subset can go, as one class of clients sees it.
// Its client's locality is not applied yet: Tiering.Arrange does that.
type Pool struct {
	Service   *Service
	Host      string
	Port      int
	Subset    string
	Selects   *Subset // what the subset is; nil for the plain host
	Protocol  Protocol
	Discovery Discovery
	LB        string // the algorithm inside a tier, by Envoy's name
	// Rule is the policy object in effect ("namespace/name"), "" if none.
	Rule       string
	RuleOrigin Origin
	// Targets are the groups of endpoints that the Tiering chooses among. Istio: exactly one.
	// Consul: the failover list in order. Linkerd: the weighted backends. DNS: the records.
	Targets        []Target
	Tiering        Tiering
	Panic          float64 // percent of healthy hosts below which a tier's health is ignored; 0 = never
	TLS            ClientTLS
	ConnectTimeout Value[time.Duration]
	MaxConnections int // 0 = unlimited
	MaxRequests    int // 0 = unlimited
	// SendsUnhealthy: endpoints that are not ready stay listed as unhealthy (Istio 1.31) and
	// tiers spill gradually; otherwise they leave the list.
	SendsUnhealthy bool
	// Connected: requests go only to endpoints that the proxy has a connection to. One that refuses connections, or does not
	// take them in ConnectTimeout, gets none until it does (Linkerd's balancer).
	Connected bool
	// Persistent: an open connection is kept until TCP gives it up, so that an endpoint that is cut off looks as one that hangs (gRPC
	// without keepalive).
	Persistent bool
	// Polled is how often callers ask again which endpoints there are; absent = they are told at once.
	Polled Value[time.Duration]
	// Losses are settings that were written for this pool and do not act on it.
	Losses []Loss
}

// Subset is a named part of a service's endpoints: those with all of its labels.
type Subset struct {
	Name   string
	Labels map[string]string
	Origin Origin
}

// Target is one group of endpoints inside a pool, with its own detection.
type Target struct {
	Name      string
	Port      int // of a backend; 0 = the pool's
	Weight    uint32
	Endpoints []*Endpoint
	Detection Detection
	// Rank is the place in the order of a DNSFailover: 0 answers first, and targets of one rank share by weight.
	Rank int
	// OutWith are the targets, by index, of which each that fails takes this one out, where its check asks others than the target itself;
	// nil = it asks the target. An empty list: it asks something that is none of them.
	OutWith []int
	// Alternates: the check asks the very name that it decides about, and finds the target well once another one answers.
	Alternates bool
	// Above are the members of records that lead to the record that the target is a member of, the outermost first; none = it is a
	// member of the pool's own record. Rank and Weight hold among those that share all of them.
	Above  []Passage
	Origin Origin
}

// Passage is a member of a record that leads to another record.
type Passage struct {
	Member int // index among the members of its record
	Rank   int
	Weight uint32
	// Checked: it counts as healthy only while anything that it leads to does. One that nothing checks always counts as healthy.
	Checked bool
}

// Detection is what takes a bad endpoint out of a target. A nil member is a mechanism that is
// not there.
type Detection struct {
	Outlier *OutlierDetection
	Check   *HealthCheck
}

// OutlierDetection is passive: it needs requests, and counts failures that a proxy sees.
// Envoy: consecutive failures eject at once; the interval only brings hosts back.
type OutlierDetection struct {
	Consecutive5xx     Value[int] // 0 = off
	ConsecutiveGateway Value[int] // 502, 503, 504 only; 0 = off
	// LocalOrigin counts connect failures and timeouts apart from answers (split); 0 = they
	// count as 5xx.
	LocalOrigin  Value[int]
	Interval     Value[time.Duration]
	BaseEjection Value[time.Duration]
	// MaxEjectionPercent bounds (ejected+1) / hosts of the whole cluster, all tiers together.
	MaxEjectionPercent Value[int]
	MinHealthPercent   Value[int]
	// FailurePercentage counts shares in place of rows; nil = it is not there.
	FailurePercentage *FailurePercentage
	// BelowBound: endpoints are ejected as long as those that are out are below MaxEjectionPercent, so that any bound above 0 lets one
	// go (gRPC).
	BelowBound bool
	Origin     Origin
}

// Ejectable is how many of n listed hosts may be ejected at one time.
// Envoy: (ejected+1)/hosts <= maxEjectionPercent, no host exempt. gRPC: ejected/hosts < max_ejection_percent.
func (o *OutlierDetection) Ejectable(n int) int {
	if o.BelowBound {
		return (n*o.MaxEjectionPercent.Or(10) + 99) / 100
	}
	return n * o.MaxEjectionPercent.Or(10) / 100
}

// HealthCheck is active: somebody asks every endpoint of the target (a Consul check, a DNS
// health check, a gateway probe).
type HealthCheck struct {
	By       string // who asks: "route53", "consul agent dc1", "linkerd probe-gateway"
	Handler  string // http, tcp, grpc, alias …; tcp does not see a hang of the application
	Interval time.Duration
	Timeout  time.Duration
	Failure  int // consecutive failures until the target is out
	// Gateway: it asks the gateway, and nobody behind it, and begins once its last question is answered or given up
	// (Linkerd's service mirror).
	Gateway bool
	// RunsIn is where the checker lives: it dies, and its last word stays, when that place does.
	RunsIn []Locality
	Origin Origin
}

// ClientTLSMode is what a client's rule asks it to speak.
type ClientTLSMode string

// The client modes. Automatic decides per endpoint.
const (
	AutoTLS    ClientTLSMode = "auto"
	IstioTLS   ClientTLSMode = "istio"
	ClientTLSN ClientTLSMode = "none"
	Simple     ClientTLSMode = "simple"
	Mutual     ClientTLSMode = "mutual"
)

// ClientTLS is the client's side of a connection.
type ClientTLS struct {
	Mode     ClientTLSMode
	Explicit bool // a rule says so
	SANs     []string
	Origin   Origin
}

// LossKind tells how a written setting came to nothing.
type LossKind string

// The ways in which written configuration is lost. Each names the mechanism, not the symptom.
const (
	LossPortLevel    LossKind = "port-level-replaces"     // a portLevelSettings entry replaces the whole policy
	LossSubset       LossKind = "subset-replaces"         // a subset's block replaces the parent's
	LossShadowed     LossKind = "shadowed"                // another rule wins the lookup as a whole
	LossMerged       LossKind = "merged-away"             // the older of two rules for a host keeps its policy
	LossNotVisible   LossKind = "not-visible"             // third namespace, exportTo, Sidecar
	LossUnknownField LossKind = "unknown-field"           // misspelt: the API does not know it
	LossDistribute   LossKind = "distribute-without"      // localities that no "to" names lose their endpoints
	LossClientTLS    LossKind = "remote-dropped-by-tls"   // endpoints of another network need mTLS
	LossServerTLS    LossKind = "remote-dropped-by-mtls"  // the server's side disables it, or has no proxy
	LossNoGateway    LossKind = "network-without-gateway" // remote addresses are sent as they are
	LossClusterLocal LossKind = "cluster-local"
	LossScaledToZero LossKind = "scaled-to-zero"
	LossMeshDefault  LossKind = "mesh-default-makes-no-tiers" // default outlier detection ejects but does not tier
	LossEmptyRegion  LossKind = "failover-to-empty-region"
	LossMergeHosts   LossKind = "endpoints-of-other-definition" // ServiceEntry and Service of one host that do not merge
	LossMissing      LossKind = "target-missing"                // route to a host or subset that does not exist
	LossGroup        LossKind = "one-value-drops-the-group"     // one annotation that cannot be read drops all of its group
	LossProfile      LossKind = "profile-turns-policy-off"      // a ServiceProfile with routes or weights replaces routes, breaker and annotations
	LossOpaque       LossKind = "opaque-port"                   // connections, no requests: nothing to route, retry, time or break
	LossOnBackend    LossKind = "on-backend"                    // the settings of the Service that callers address hold, and not a backend's
	LossConverted    LossKind = "route-not-converted"           // a route that is admitted and cannot be carried out
	LossOutranked    LossKind = "route-outranked"               // a route of another kind on the same parent wins
	LossWeightZero   LossKind = "weight-zero"                   // a backend of weight 0 never takes over
	LossNeverReady   LossKind = "never-ready"                   // an operator that looks at Endpoints alone never takes the backend for ready
	LossUnattended   LossKind = "nobody-acts-on-it"             // the controller that would act on an object does not run where it stands
	LossNoIdentity   LossKind = "gateway-without-identity"      // a gateway refuses connections that carry no identity
	LossForeignRoots LossKind = "roots-in-common-none"          // proxies of two clusters trust no root in common
	LossBypassed     LossKind = "proxy-bypassed"                // the callers' connections do not pass their proxy
	LossWrongSide    LossKind = "on-the-wrong-side"             // a setting of callers that stands on the called service
	LossCheckGone    LossKind = "check-replaced"                // checks of a sidecar that do not look at its program
	LossVoidFailover LossKind = "failover-void"                 // it leads to where requests go anyway
	LossIgnored      LossKind = "client-ignores-it"             // a setting that clients of this kind do not obey
	LossNotExported  LossKind = "not-exported"                  // another mesh does not offer the service to this one
	LossRefused      LossKind = "refused"                       // the mesh refuses the object that it stands in
	LossFiltered     LossKind = "filtered-out"                  // endpoints that the default subset does not select
	LossTargetEmpty  LossKind = "target-empty"                  // a failover target that never has an endpoint
	LossUnchecked    LossKind = "record-unchecked"              // nothing asks whether an answer of a record is healthy
	LossBlindAlias   LossKind = "alias-ignores-target"          // an alias that does not look at what it leads to
	LossSharedCheck  LossKind = "record-shared-check"           // one check decides about all answers
	LossAstrayCheck  LossKind = "record-check-astray"           // a check that asks something else than what it decides about
	LossManual       LossKind = "record-by-hand"                // somebody has to choose the answer
	LossNoStandby    LossKind = "record-without-standby"        // no other answer is defined
	LossOneRegion    LossKind = "record-one-region"             // all answers lead into one region
)

// Loss is a setting that was written and does not act, with the line that decides and what is
// lost by it. The simulator names losses as the causes of the cells that they spoil.
type Loss struct {
	Kind   LossKind
	Takes  Takes
	Origin Origin // the line that decides: the one to change
	Of     Origin // the line that comes to nothing, if another
	Detail string // one clause: "portLevelSettings replaces the whole policy on port 9090"
	// Region limits the loss to clients in, or endpoints of, one region; "" = all.
	Region string
	// Endpoints that are gone because of the loss (dropped, emptied).
	Endpoints []*Endpoint
}

// Takes says what a loss takes away.
type Takes uint8

// What can be lost; a set.
const (
	TakesDetection Takes = 1 << iota
	TakesTiering
	TakesEndpoints
	TakesReachability
	TakesRoute
)
