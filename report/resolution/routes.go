package resolution

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// Route is how requests to a host and port are routed: the first rule that matches.
type Route struct {
	Host  string `json:"host"`
	Port  int    `json:"port"`
	Rules []Rule `json:"rules"`
}

// Rule is one rule of a route.
type Rule struct {
	Match    Match    `json:"match"`
	To       []To     `json:"to,omitempty"`
	Direct   string   `json:"direct,omitempty"`
	Timeout  string   `json:"timeout,omitempty"`
	Retries  *Retries `json:"retries,omitempty"`
	Fault    string   `json:"fault,omitempty"`
	Mirror   []To     `json:"mirror,omitempty"`
	Rewrite  string   `json:"rewrite,omitempty"`
	From     string   `json:"from,omitempty"`
	Position string   `json:"origin,omitempty"`
}

// Match is what a rule asks of a request.
type Match struct {
	Path      string            `json:"path,omitempty"`
	Headers   map[string]string `json:"headers,omitempty"`
	Query     map[string]string `json:"query,omitempty"`
	Method    string            `json:"method,omitempty"`
	Authority string            `json:"authority,omitempty"`
}

// To is one destination of a rule, or of a mirror.
type To struct {
	Host    string `json:"host"`
	Port    int    `json:"port"`
	Subset  string `json:"subset,omitempty"`
	Weight  uint32 `json:"weight,omitempty"`
	Percent string `json:"percent,omitempty"` // of a mirror
	Missing bool   `json:"missing,omitempty"`
}

// Retries is a policy that differs from the default.
type Retries struct {
	Attempts         int    `json:"attempts"`
	On               string `json:"on,omitempty"`
	PerTryTimeout    string `json:"perTryTimeout,omitempty"`
	RemoteLocalities bool   `json:"remoteLocalities,omitempty"`
}

// TCP is where the bytes of a port go, by server name where there is one.
type TCP struct {
	Host string   `json:"host"`
	Port int      `json:"port"`
	SNI  []string `json:"sni,omitempty"`
	To   []To     `json:"to"`
}

func httpRoute(r *mesh.Route, o Options) Route {
	out := Route{Host: r.Host, Port: r.Port, Rules: []Rule{}}
	for _, rule := range r.Rules {
		shown := Rule{
			Match:   Match(rule.Match),
			To:      backends(rule.To),
			Direct:  rule.Direct,
			Timeout: duration(rule.Timeout),
			Fault:   rule.Fault,
			Rewrite: rule.Rewrite,
			From:    rule.From,
		}
		if rule.Direct == "" {
			shown.Retries = retries(rule.Retries)
		}
		for _, m := range rule.Mirror {
			to := backend(m.Backend)
			to.Weight, to.Percent = 0, m.Percent
			shown.Mirror = append(shown.Mirror, to)
		}
		if o.Origins && !rule.Origin.IsZero() {
			shown.Position = rule.Origin.String()
		}
		out.Rules = append(out.Rules, shown)
	}
	return out
}

func tcpRoute(r *mesh.Route) TCP {
	out := TCP{Host: r.Host, Port: r.Port, SNI: r.SNI, To: []To{}}
	for _, rule := range r.Rules {
		out.To = append(out.To, backends(rule.To)...)
	}
	return out
}

func backends(list []mesh.Backend) []To {
	var out []To
	for _, b := range list {
		out = append(out, backend(b))
	}
	return out
}

func backend(b mesh.Backend) To {
	return To{Host: b.Host, Port: b.Port, Subset: b.Subset, Weight: b.Weight, Missing: b.Missing}
}

// The retry policy that Istio gives to every route which says nothing.
const (
	defaultAttempts = 2
	defaultRetryOn  = "connect-failure,refused-stream,unavailable,cancelled"
)

// retries renders a policy; nil if it is what everybody gets.
func retries(r mesh.Retries) *Retries {
	perTry := duration(r.PerTry)
	if r.Default || r.Attempts == defaultAttempts && r.On == defaultRetryOn && perTry == "" && !r.RemoteLocalities {
		return nil
	}
	return &Retries{Attempts: r.Attempts, On: r.On, PerTryTimeout: perTry, RemoteLocalities: r.RemoteLocalities}
}

// Inbound is what the client's own workload accepts on a port; port 0 is every port that no
// Service names.
type Inbound struct {
	Port int    `json:"port"`
	MTLS string `json:"mtls"`
	RBAC []RBAC `json:"rbac,omitempty"`
}

// RBAC is one rule of an authorization policy, as the proxy holds it.
type RBAC struct {
	Action     string   `json:"action"`
	Policy     string   `json:"policy"`
	Principals []string `json:"principals,omitempty"`
}

func inbound(in *mesh.Inbound) []Inbound {
	var rbac []RBAC
	if a := in.Authorization; a != nil {
		rbac = append(rbac, policies("CUSTOM", a.Custom)...)
		rbac = append(rbac, policies("DENY", a.Deny)...)
		rbac = append(rbac, policies("ALLOW", a.Allow)...)
	}
	var out []Inbound
	for _, p := range in.Ports {
		out = append(out, Inbound{Port: p.Port, MTLS: string(p.Mode), RBAC: rbac})
	}
	return out
}

// policies are the rules of one action, by name: the proxy holds them without an order.
func policies(action string, list []mesh.AuthzPolicy) []RBAC {
	var out []RBAC
	for _, p := range list {
		namespace, name, _ := strings.Cut(p.Name, "/")
		id := func(i int) string { return fmt.Sprintf("ns[%s]-policy[%s]-rule[%d]", namespace, name, i) }
		for i, r := range p.Rules {
			out = append(out, RBAC{Action: action, Policy: id(i), Principals: r.Rendered})
		}
		if len(p.Rules) == 0 {
			out = append(out, RBAC{Action: action, Policy: id(0)})
		}
	}
	slices.SortStableFunc(out, func(a, b RBAC) int { return cmp.Compare(a.Policy, b.Policy) })
	return out
}
