package consul

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// routeTimeout is what Envoy gives to a request where nobody says anything.
// Consul: documentation of service-resolver, RequestTimeout 15s.
const routeTimeout = 15 * time.Second

// routes makes rules of the chain's router and splitters. What is no HTTP has a rule without times.
func (x *view) routes() {
	c, port := x.to.chain, x.port()
	r := &mesh.Route{Kind: mesh.HTTPRoute, Host: x.to.Name, Port: port.Number}
	if !port.Protocol.IsHTTP() {
		r.Kind = mesh.TCPRoute
	}
	for i := range c.Routes {
		one := &c.Routes[i]
		rule := x.rule(one.Next, one.Destination.RequestTimeout, one.Origin)
		rule.Match, rule.Retries, rule.Origin = matchOf(one.Match), retriesOf(&one.Destination, one.Origin), one.Origin
		rule.Rewrite, rule.From = one.Destination.PrefixRewrite, namespace+"/"+x.to.name
		r.Rules = append(r.Rules, rule)
	}
	if len(c.Routes) == 0 {
		r.Rules = append(r.Rules, x.rule(c.Start, 0, mesh.Origin{}))
	}
	x.out.Routes = append(x.out.Routes, r)
}

// rule sends requests to a node: to one resolver, or to the legs of a splitter.
func (x *view) rule(next string, timeout time.Duration, at mesh.Origin) *mesh.RouteRule {
	c := x.to.chain
	rule := &mesh.RouteRule{Retries: mesh.Retries{}}
	own := time.Duration(0) // of the resolvers, the longest
	var by mesh.Origin
	add := func(node string, weight uint32, origin mesh.Origin) {
		to := x.backend(node, origin)
		to.Weight = weight
		if n := c.Resolvers[node]; n != nil && n.RequestTimeout > own {
			own, by = n.RequestTimeout, n.RequestAt
		}
		if weight == 0 {
			rule.Idle = append(rule.Idle, to)
			return
		}
		rule.To = append(rule.To, to)
	}
	if s := c.Splitters[next]; s != nil {
		rule.From, rule.Origin = namespace+"/"+s.Service, s.Origin
		whole := !slices.ContainsFunc(s.Legs, func(leg Leg) bool { return scaled(leg.Weight)%100 != 0 })
		for _, leg := range s.Legs {
			w := uint32(max(0, scaled(leg.Weight)))
			if whole { // percent, else hundredths of one
				w /= 100
			}
			rule.WeightSum += w
			add(leg.Next, w, leg.Origin)
		}
	} else {
		origin := at
		if n := c.Resolvers[next]; n != nil && origin.In == nil {
			origin = n.Origin
		}
		add(next, 100, origin)
		rule.Origin = origin
	}
	if !x.port().Protocol.IsHTTP() {
		return rule
	}
	switch {
	case timeout > 0:
		rule.Timeout = mesh.Of(timeout, at)
	case own > 0:
		rule.Timeout = mesh.Of(own, by)
	default:
		rule.Timeout = mesh.Of(routeTimeout, mesh.Default("Envoy (route timeout)"))
	}
	return rule
}

func (x *view) backend(node string, at mesh.Origin) mesh.Backend {
	l, ok := x.leaves[node]
	if !ok {
		return mesh.Backend{Host: node, Port: x.port().Number, Missing: true, Origin: at}
	}
	return mesh.Backend{Service: l.service, Host: l.host, Port: x.port().Number, Subset: l.subset, Origin: at}
}

// matchOf is a match as the graph writes it.
func matchOf(m Match) mesh.Match {
	out := mesh.Match{Method: strings.Join(m.Methods, "|")}
	switch {
	case m.PathExact != "":
		out.Path = "exact:" + m.PathExact
	case m.PathPrefix != "":
		out.Path = "prefix:" + m.PathPrefix
	case m.PathRegex != "":
		out.Path = "regex:" + m.PathRegex
	}
	fields := func(list []FieldMatch) map[string]string {
		if len(list) == 0 {
			return nil
		}
		words := map[string]string{}
		for _, f := range list {
			word := "present"
			switch {
			case f.Exact != "":
				word = "exact:" + f.Exact
			case f.Prefix != "":
				word = "prefix:" + f.Prefix
			case f.Suffix != "":
				word = "suffix:" + f.Suffix
			case f.Regex != "":
				word = "regex:" + f.Regex
			}
			if f.Invert {
				word = "not " + word
			}
			words[f.Name] = word
		}
		return words
	}
	out.Headers, out.Query = fields(m.Headers), fields(m.Query)
	return out
}

// retriesOf is a destination's retry policy. Without a condition nothing is retried.
func retriesOf(d *Destination, at mesh.Origin) mesh.Retries {
	on := d.RetryOn
	if d.RetryOnConnectFailure {
		on = append(on[:len(on):len(on)], "connect-failure")
	}
	for _, code := range d.RetryOnStatusCodes {
		on = append(on[:len(on):len(on)], strconv.Itoa(code))
	}
	if len(on) == 0 && d.NumRetries == 0 {
		return mesh.Retries{}
	}
	return mesh.Retries{Attempts: cmp.Or(d.NumRetries, 1), On: strings.Join(on, ","), Origin: at}
}
