package consul

import (
	"time"

	"github.com/passmuster/muster/mesh"
)

// Chain is a compiled discovery chain: what a service's name means to callers in one datacenter.
// It is read-only.
type Chain struct {
	Service    string
	Datacenter string // where it was compiled for
	Protocol   string // of all its services: "tcp", "http", "http2", "grpc", or what users wrote
	Start      string // the first node
	Routes     []RouteNode
	RouterAt   mesh.Origin // the router; zero without one
	Splitters  map[string]*SplitterNode
	Resolvers  map[string]*ResolverNode
	Targets    map[string]*Target
}

// RouteNode is a route and the node that it leads to. The last one is the catch-all that Consul
// adds, whose Origin is a default.
type RouteNode struct {
	Route
	Next string
}

// SplitterNode divides requests; splitters below it are multiplied out.
type SplitterNode struct {
	Service string
	Legs    []Leg
	Origin  mesh.Origin
}

// Leg is one share of a splitter: Weight is in percent, with two decimals.
type Leg struct {
	Weight float32
	Next   string
	Origin mesh.Origin
}

// ResolverNode is a target and those that it fails over to, in order. They all use the connect
// timeout of the first (sheet, section 4).
type ResolverNode struct {
	Targets        []TargetRef
	ConnectTimeout time.Duration
	RequestTimeout time.Duration // 0 = unset
	LoadBalancer   *LoadBalancer
	Default        bool        // nothing is configured for it
	Origin         mesh.Origin // the resolver entry; a default without one
	FailoverAt     mesh.Origin // the section of its failover that applies; zero without one
	ConnectAt      mesh.Origin // of ConnectTimeout; a default if it is one
	RequestAt      mesh.Origin // of RequestTimeout
}

// TargetRef is a place in the order of a resolver's targets.
type TargetRef struct {
	ID string
	// Origins are what led there: the failover's element, then redirects and default subsets.
	Origins []mesh.Origin
}

// Target is a set of instances: a service, or a subset of it, in a datacenter or at a peer. Its ID
// is "[subset.]service.datacenter" or "service@peer": a peer's names no subset, so that the first
// one compiled gives the target its filter (sheet, section 3, 3f).
type Target struct {
	ID, Service, Subset string
	Datacenter          string // "" for a peer
	Peer                string
	Definition          Subset
	MeshGateway         string      // the mode that applies; "" = unset
	GatewayAt           mesh.Origin // what sets it
	External            bool        // it has an external SNI
}

const defaultConnectTimeout = 5 * time.Second

// routerID and its like are the names of nodes.
func routerID(service string) string   { return "router:" + service }
func splitterID(service string) string { return "splitter:" + service }
func resolverID(target string) string  { return "resolver:" + target }

// isHTTP reports whether a protocol permits routers and splitters.
func isHTTP(protocol string) bool {
	return protocol == "http" || protocol == "http2" || protocol == "grpc"
}
