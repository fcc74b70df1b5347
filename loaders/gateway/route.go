package gateway

import "github.com/passmuster/muster/mesh"

// Route is an HTTPRoute, GRPCRoute, TLSRoute or TCPRoute. Group tells whose.
type Route struct {
	Meta
	Parents   []Parent
	Hostnames []string // lower case as the API demands; empty = any
	Rules     []Rule   // in the order of the file; an HTTPRoute without any has the CRD's default, which takes all requests
}

// Parent is what a route attaches to: a Gateway, or in a mesh a Service and the like.
type Parent struct {
	Reference          // Group and Kind are filled in
	SectionName string // "" = all sections
	Port        int    // 0 = all ports
	Origin      mesh.Origin
}

// Rule is one rule of a route.
type Rule struct {
	Name     string
	Matches  []Match // any of them has to hold; empty = all requests or connections. An HTTPRoute's rule has at least one.
	Filters  []Filter
	Backends []Backend
	Timeouts Timeouts
	Retry    *Retry              // nil = none written
	Sticky   *SessionPersistence // nil = none written
	Origin   mesh.Origin
}

// Match is what a request has to look like: everything that is said has to hold.
type Match struct {
	Path    *PathMatch // of an HTTPRoute, where it is never nil
	Headers []ValueMatch
	Query   []ValueMatch
	Method  string     // of HTTP; "" = any
	GRPC    *GRPCMatch // of a GRPCRoute; nil = any method
	Origin  mesh.Origin
}

// PathMatch compares the path of a request. Type is Exact, PathPrefix (whole segments) or RegularExpression.
type PathMatch struct{ Type, Value string }

// ValueMatch compares a header or a query parameter. Type is Exact or RegularExpression.
type ValueMatch struct{ Type, Name, Value string }

// GRPCMatch compares service and method; "" is any. Type is Exact or RegularExpression.
type GRPCMatch struct{ Type, Service, Method string }

// Backend is one destination of a rule.
type Backend struct {
	Reference             // Group and Kind are filled in: a Service of the core group, if nothing is said
	Port      int         // 0 = none
	Weight    *int        // nil = none written, which is 1
	Filters   []Filter    // for requests to this backend only
	Origin    mesh.Origin // of the backendRef
}

// Share is the weight that counts: 1 where none is written.
func (b *Backend) Share() int {
	if b.Weight == nil {
		return 1
	}
	return *b.Weight
}

// Timeouts of a rule, as written ("500ms", "1m30s"): which of these somebody obeys, and which notations, differs.
type Timeouts struct {
	Request, BackendRequest mesh.Value[string]
}

// Retry of a rule.
type Retry struct {
	Codes    []int // answers that are asked for again
	Attempts mesh.Value[int]
	Backoff  mesh.Value[string] // as written
	Origin   mesh.Origin
}

// SessionPersistence of a rule: requests of one session go to one backend. Type is Cookie or Header.
type SessionPersistence struct {
	Type, Name string
	Origin     mesh.Origin
}

// Filter is one processing step of a rule or a backend. Type is the kind as written ("RequestMirror", or one that nobody knows);
// only the member of that kind is set.
type Filter struct {
	Type            string
	Mirror          *Mirror
	Redirect        *Redirect
	Rewrite         *Rewrite
	RequestHeaders  *HeaderChange
	ResponseHeaders *HeaderChange
	Extension       *Reference // an object of the implementation, in the route's namespace
	Auth            *Backend   // who is asked whether a request may pass
	Origin          mesh.Origin
}

// Mirror sends copies of requests.
type Mirror struct {
	Backend Backend
	// Percent of the requests; 0 to 100, absent = all of them. A fraction is converted.
	Percent mesh.Value[float64]
}

// Redirect answers with another place; "" and 0 keep what the request has.
type Redirect struct {
	Scheme, Hostname string
	Path             *PathChange
	Port             int
	Status           int // 302 if none is written
}

// Rewrite changes the request on its way; "" keeps the host.
type Rewrite struct {
	Hostname string
	Path     *PathChange
}

// PathChange is another path. Type is ReplaceFullPath or ReplacePrefixMatch.
type PathChange struct{ Type, Value string }

// HeaderChange sets, adds and removes headers.
type HeaderChange struct {
	Set, Add []Header
	Remove   []string
}

// Header is a name and a value.
type Header struct{ Name, Value string }
