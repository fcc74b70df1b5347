package mesh

// MTLSMode is what a server accepts.
type MTLSMode string

// The server modes.
const (
	Strict      MTLSMode = "STRICT"
	Permissive  MTLSMode = "PERMISSIVE"
	DisableMTLS MTLSMode = "DISABLE"
)

// Inbound is what a workload accepts, per workload port.
type Inbound struct {
	TrustDomain   string
	TrustAliases  []string
	Ports         []InboundPort // port 0: every port that is not listed
	Authorization *Authorization
	// Limits are those on the rate of requests, each for one port.
	Limits []RateLimit
}

// RateLimit is what refuses requests to a port above a rate, in the proxy of each pod by itself.
type RateLimit struct {
	Name   string // the object, as "Kind namespace/name"
	Port   int
	Origin Origin
}

// Limit is the limit on a workload port, or nil.
func (in *Inbound) Limit(port int) *RateLimit {
	if in == nil {
		return nil
	}
	for i := range in.Limits {
		if in.Limits[i].Port == port {
			return &in.Limits[i]
		}
	}
	return nil
}

// InboundPort is one port's mTLS mode and where it is decided.
type InboundPort struct {
	Port   int
	Mode   MTLSMode
	Origin Origin
	// Implied: the mode is no setting of its own; it follows from whom the authorization refuses.
	Implied bool
}

// Mode returns the mode of a workload port.
func (in *Inbound) Mode(port int) InboundPort {
	var fallback InboundPort
	for _, p := range in.Ports {
		if p.Port == port {
			return p
		}
		if p.Port == 0 {
			fallback = p
		}
	}
	return fallback
}

// Verdict is a three-valued answer of an authorization policy.
type Verdict uint8

// The verdicts.
const (
	VerdictUnknown Verdict = iota // depends on something that the inputs do not show
	Allowed
	Denied
)

// Caller is what a server can tell about who calls. Principal is "td/ns/x/sa/y", "" when the
// connection carries no identity.
type Caller struct {
	Principal string
	Namespace string
	Port      int // workload port
	// Through: the connection is that of the gateway in front of the server, and has its address.
	Through bool
}

// Authorization is the policies that guard a workload. The order of evaluation is Istio's:
// custom, deny, allow; no allow policy at all means allowed, unless there are refusals.
type Authorization struct {
	Custom []AuthzPolicy
	Deny   []AuthzPolicy
	Allow  []AuthzPolicy
	// Refusals say, by workload port, what refuses callers whom no allow policy admits. Where a mesh
	// has them, a caller is refused even without any allow policy; Istio has none.
	Refusals []Refusal
}

// Refusal is what refuses, on a port, whom nothing admits. Port 0 stands for every port that is not
// listed.
type Refusal struct {
	Port   int
	Origin Origin
}

// AuthzPolicy is one policy; it matches if any of its rules does. A policy without rules matches
// nothing.
type AuthzPolicy struct {
	Name   string
	Rules  []AuthzRule
	Origin Origin
}

// AuthzRule decides what it can about a caller; Match returns whether the rule certainly
// matches, certainly does not, or depends on the request.
type AuthzRule struct {
	// From lists alternatives; empty = any caller.
	From []AuthzSource
	// Ports restricts to workload ports; empty = any. NotPorts are ports that the rule does not speak of.
	Ports, NotPorts []int
	// RequestBound: the rule also looks at method, path, host, header, token or address.
	RequestBound bool
	// Principals as the proxy holds them, for `resolve` ("exact:spiffe://…", "regex:…").
	Rendered []string
	Origin   Origin
}

// AuthzSource is one `source`: every filled member must match. Values are exact, or with one
// leading or trailing "*". Expanded with trust-domain aliases already.
type AuthzSource struct {
	Principals, NotPrincipals []string
	Namespaces, NotNamespaces []string
	Other                     bool // also restricts by address or request identity
	// Addresses are those that it is restricted to, where the loader tells; nil = nothing is known of them.
	Addresses *Addresses
}

// Addresses restrict a source to networks.
type Addresses struct {
	Networks []string // as written; nil = those of the cluster
	// Through is what the restriction says to callers that come through the server's gateway.
	Through Verdict
	Origin  Origin // of the networks
}

// Decide answers whether a caller gets through, with the policy that decides.
func (a *Authorization) Decide(c Caller) (Verdict, Origin) {
	if a == nil {
		return Allowed, Origin{}
	}
	for i := range a.Custom {
		if p := &a.Custom[i]; p.matches(&c) != Denied {
			return VerdictUnknown, p.Origin
		}
	}
	unknown := false
	var at Origin
	for i := range a.Deny {
		p := &a.Deny[i]
		switch p.matches(&c) {
		case Allowed:
			return Denied, p.Origin
		case VerdictUnknown:
			unknown, at = true, p.Origin
		}
	}
	if len(a.Allow)+len(a.Refusals) == 0 {
		if unknown {
			return VerdictUnknown, at
		}
		return Allowed, Origin{}
	}
	for i := range a.Allow {
		p := &a.Allow[i]
		switch p.matches(&c) {
		case Allowed:
			if unknown {
				return VerdictUnknown, at
			}
			return Allowed, p.Origin
		case VerdictUnknown:
			unknown, at = true, p.Origin
		}
	}
	if unknown {
		return VerdictUnknown, at
	}
	return Denied, a.refusal(c.Port)
}

// refusal is what refuses on a port: what is said of it, or else the first allow policy.
func (a *Authorization) refusal(port int) Origin {
	var otherwise Origin
	if len(a.Allow) > 0 {
		otherwise = a.Allow[0].Origin
	}
	for _, r := range a.Refusals {
		switch r.Port {
		case port:
			return r.Origin
		case 0:
			otherwise = r.Origin
		}
	}
	return otherwise
}

// matches returns Allowed for "certainly", Denied for "certainly not".
func (p *AuthzPolicy) matches(c *Caller) Verdict {
	best := Denied
	for i := range p.Rules {
		switch p.Rules[i].matches(c) {
		case Allowed:
			return Allowed
		case VerdictUnknown:
			best = VerdictUnknown
		}
	}
	return best
}

func (r *AuthzRule) matches(c *Caller) Verdict {
	if len(r.Ports) > 0 && !containsInt(r.Ports, c.Port) || containsInt(r.NotPorts, c.Port) {
		return Denied
	}
	from := Allowed
	if len(r.From) > 0 {
		from = Denied
		for i := range r.From {
			if v := r.From[i].matches(c); v == Allowed || (v == VerdictUnknown && from == Denied) {
				from = v
			}
		}
	}
	if from == Allowed && r.RequestBound {
		return VerdictUnknown
	}
	return from
}

func (s *AuthzSource) matches(c *Caller) Verdict {
	if !anyMatch(s.Principals, c.Principal, true) || !anyMatch(s.Namespaces, c.Namespace, true) {
		return Denied
	}
	if len(s.NotPrincipals) > 0 && anyMatch(s.NotPrincipals, c.Principal, false) ||
		len(s.NotNamespaces) > 0 && anyMatch(s.NotNamespaces, c.Namespace, false) {
		return Denied
	}
	switch {
	case !s.Other:
		return Allowed
	case c.Through && s.Addresses != nil:
		return s.Addresses.Through
	}
	return VerdictUnknown
}

func anyMatch(patterns []string, v string, ifEmpty bool) bool {
	if len(patterns) == 0 {
		return ifEmpty
	}
	for _, p := range patterns {
		if MatchAffix(p, v) {
			return true
		}
	}
	return false
}

// MatchAffix matches a value against a pattern with one leading or trailing "*"; "*" alone needs
// a value. Istio: AuthorizationPolicy string matching.
func MatchAffix(pattern, v string) bool {
	switch {
	case pattern == "*":
		return v != ""
	case len(pattern) > 0 && pattern[0] == '*':
		return len(v) >= len(pattern)-1 && v[len(v)-len(pattern)+1:] == pattern[1:]
	case len(pattern) > 0 && pattern[len(pattern)-1] == '*':
		return len(v) >= len(pattern)-1 && v[:len(pattern)-1] == pattern[:len(pattern)-1]
	}
	return pattern == v
}

func containsInt(list []int, v int) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}
