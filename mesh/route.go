package mesh

import (
	"strings"
	"time"
)

// View is what one class of clients knows about a service.
type View struct {
	Service *Service
	Pools   []*Pool // by port, then subset; the plain host before its subsets
	Routes  []*Route
	// Losses of routing: rules that were written for the host and do not act for this class.
	Losses []Loss
	// Default is the subset that requests without one get, where the service has such (Consul's DefaultSubset), and Beside are
	// those that are defined next to it and that nothing else refers to. nil = requests get the plain host.
	Default *Subset
	Beside  []*Subset
}

// Pool returns the pool of a port and subset, or nil.
func (v *View) Pool(port int, subset string) *Pool {
	for _, p := range v.Pools {
		if p.Port == port && p.Subset == subset {
			return p
		}
	}
	return nil
}

// PoolOf returns the pool of another host that the view holds for a destination of its routes, or nil.
func (v *View) PoolOf(to *Backend) *Pool {
	for _, p := range v.Pools {
		if p.Port == to.Port && p.Subset == to.Subset && p.Host == to.Host {
			return p
		}
	}
	return nil
}

// Route returns how requests to a port are routed, or nil when they go to the plain host.
func (v *View) Route(port int) *Route {
	for _, r := range v.Routes {
		if r.Port == port {
			return r
		}
	}
	return nil
}

// RouteKind tells what a route looks at.
type RouteKind uint8

// The kinds of routes.
const (
	HTTPRoute RouteKind = iota
	TCPRoute
	TLSRoute
)

// Route is where requests to a host and port go: rules in order, the first match wins.
type Route struct {
	Kind  RouteKind
	Host  string
	Port  int
	SNI   []string
	Rules []*RouteRule
}

// RouteRule is one rule of a route. Values of matches are "exact:x", "prefix:/x",
// "segments:/x", "regex:…" or "present", with "not " in front when inverted.
type RouteRule struct {
	Name     string
	Match    Match
	To       []Backend
	Direct   string // answered by the proxy itself: "direct response 503", "redirect /new …"
	Timeout  Value[time.Duration]
	Retries  Retries
	Fault    string
	Mirror   []Mirror
	Rewrite  string
	From     string // the object it comes from, "namespace/name"; "" = the default route
	Origin   Origin // of the rule
	Injected bool   // the fault is configured to abort or delay real requests
	// FaultOrigin is where the fault is written.
	FaultOrigin Origin
	// WeightSum is the sum of the weights as written, of which each backend gets its share. It need
	// not be 100. It is 0 for a single destination without a weight.
	WeightSum uint32
	// Idle are the destinations of weight 0 beside others: nothing is sent there now.
	Idle []Backend
	// Drawn is where requests are sent, if a failure of one destination of To moves them to others (Linkerd): a destination with a
	// pool of its own, whose targets are those of To, beside those that do not exist. nil = To.
	Drawn []Backend
}

// Sends are the destinations that requests of the rule are divided between by weight alone.
func (r *RouteRule) Sends() []Backend {
	if r.Drawn != nil {
		return r.Drawn
	}
	return r.To
}

// Only is the rule with some of its destinations, or others in their place.
func (r *RouteRule) Only(to []Backend) *RouteRule {
	out := *r
	out.To, out.Idle, out.Drawn = to, nil, nil
	for _, d := range r.Drawn {
		if d.Pool == nil {
			continue
		}
		pool := *d.Pool
		pool.Targets, pool.Tiering = nil, WeightedAvailable{}
		for _, t := range d.Pool.Targets {
			for _, b := range to {
				if b.Host == t.Name && b.Port == t.Port {
					t.Weight = max(b.Weight, 1)
					pool.Targets = append(pool.Targets, t)
				}
			}
		}
		if len(pool.Targets) > 0 {
			d.Pool, d.Weight = &pool, 1
			out.Drawn = append(out.Drawn, d)
		}
	}
	return &out
}

// Match narrows a rule.
type Match struct {
	Path      string
	Headers   map[string]string
	Query     map[string]string
	Method    string
	Authority string
}

// CatchAll reports whether the rule takes every request.
func (m Match) CatchAll() bool {
	return (m.Path == "" || m.Path == "prefix:/" || m.Path == "segments:/") &&
		len(m.Headers) == 0 && len(m.Query) == 0 && m.Method == "" && m.Authority == ""
}

// Backend is one destination of a rule.
type Backend struct {
	Service *Service // nil if missing, or not in the graph
	Host    string
	Port    int
	Subset  string
	Weight  uint32 // of the sum; 100 when it is the only one
	Missing bool   // no such destination exists for these clients: 503
	Why     string // why it is Missing although it may exist, in a clause without subject; "" = it does not exist
	Pool    *Pool  // that requests go to, if it is not the one of the service, port and subset
	Origin  Origin
}

// WeightOrigin is where the backend's weight is written, or would be.
// Istio: the weight stands beside `destination`; Gateway API: inside the backendRef.
func (b Backend) WeightOrigin() Origin {
	o := b.Origin
	if rest, ok := strings.CutSuffix(o.Path, "/destination"); ok {
		o.Path = rest
	}
	return o.Child("weight")
}

// Mirror is a copy of requests; it never decides an outcome.
type Mirror struct {
	Backend
	Percent string
}

// Retries of a route. Envoy sends a retry to another host than before.
type Retries struct {
	Default          bool // nobody wrote a policy: the mesh's default holds
	Attempts         int  // after the first try
	On               string
	PerTry           Value[time.Duration]
	RemoteLocalities bool // a retry prefers another tier
	AnyHost          bool // a retry may fall on the host that failed (Linkerd)
	Origin           Origin
}

// Resolution is what one client knows of everything it can reach, in the form that `muster
// resolve` prints.
type Resolution struct {
	Client *Client
	Pools  []*Pool // by host, port, subset
	Routes []*Route
	// Inbound is what the client's own workload accepts, if it was asked for.
	Inbound *Inbound
}
