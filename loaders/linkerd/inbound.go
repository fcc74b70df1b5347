package linkerd

import (
	"slices"
	"strconv"

	"github.com/passmuster/muster/mesh"
)

// Inbound is what the proxy of a pod accepts; see InboundOf.
func (c *Cluster) Inbound(p *Pod) *mesh.Inbound {
	if s := c.Subjects[SubjectKey{kindPod, p.Key}]; s != nil {
		return c.InboundOf(s)
	}
	return c.InboundOf(p.subject())
}

// InboundOf is what the proxy of a subject accepts: port by port the mode, and the authorization of callers
// by Linkerd's names of identities ("web.shop.serviceaccount.identity.linkerd.cluster.local"; "" has none).
// A port is STRICT where callers without an identity are refused. What depends on a request or on the
// address of a caller is unknown. Requests to the paths of HTTP probes pass by the policies of a Server
// without routes; they are no calls of a service, and not modelled. Subjects that differ in name alone
// have equal answers: ask once for each workload.
//
// Linkerd: policy-controller k8s/index inbound/index.rs, grpc inbound.rs; linkerd2-proxy inbound/policy.
func (c *Cluster) InboundOf(s *Subject) *mesh.Inbound {
	in := &mesh.Inbound{TrustDomain: c.Settings.trustDomain()}
	m := c.Meshing(s)
	if meshed, known := m.Meshed.Get(); known && !meshed {
		in.Ports = []mesh.InboundPort{{Mode: mesh.DisableMTLS, Origin: m.Meshed.Origin}}
		return in
	}
	b := guarding{cluster: c, subject: s, anyAddress: c.holdsCallers(), authz: &mesh.Authorization{}}
	skipped := b.skip(m.SkipInbound)
	for _, port := range b.guarded() {
		if !slices.Contains(skipped, port) {
			b.servers(port)
		}
	}
	requires := b.requireIdentity()
	b.otherwise(skipped, requires, m.DefaultPolicy)
	b.gateway(m)
	modes := slices.Concat(b.ports, requires)
	slices.Sort(modes)
	for _, port := range skipped {
		in.Ports = append(in.Ports, mesh.InboundPort{Port: port, Mode: mesh.DisableMTLS, Origin: m.SkipInbound.Origin})
	}
	for _, port := range append([]int{0}, slices.Compact(modes)...) {
		mode := mesh.InboundPort{Port: port, Mode: mesh.Permissive, Origin: m.DefaultPolicy.Origin, Implied: true}
		v, at := b.authz.Decide(mesh.Caller{Port: port})
		if v == mesh.Denied {
			mode.Mode = mesh.Strict
		}
		if !at.IsZero() {
			mode.Origin = at
		}
		in.Ports = append(in.Ports, mode)
	}
	slices.SortFunc(in.Ports, func(a, b mesh.InboundPort) int { return a.Port - b.Port })
	in.Limits = b.limits(skipped)
	if !b.open {
		in.Authorization = b.authz
	}
	return in
}

// guarding is the authorization of one subject while it is put together.
type guarding struct {
	cluster    *Cluster
	subject    *Subject
	anyAddress bool // the networks of the cluster hold every caller
	authz      *mesh.Authorization
	ports      []int // that Servers are for
	open       bool  // everybody gets through, on every port
}

// widestSkip is how many ports that bypass the proxy are listed one by one. Of a longer list only those are
// that the pod declares, or that a Server is for.
const widestSkip = 256

// skip are the ports that bypass the proxy: whoever reaches the pod gets through.
func (b *guarding) skip(l PortList) []int {
	out := Meshing{SkipInbound: l}.SkipPorts(b.subject)
	for _, p := range b.guarded() {
		if l.Has(p) {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	if out = slices.Compact(out); len(out) > 0 {
		b.authz.Allow = append(b.authz.Allow, mesh.AuthzPolicy{Origin: l.Origin, Rules: []mesh.AuthzRule{{Ports: out, Origin: l.Origin}}})
	}
	return out
}

// guarded are the ports that a Server is for.
func (b *guarding) guarded() []int {
	var out []int
	for _, s := range b.cluster.Servers[b.subject.Namespace] {
		out = append(out, s.ports(b.subject)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// requireIdentity are the ports for which an annotation asks for identities. One entry that cannot be read
// takes the whole list away (linkerd2 policy-controller ports.rs).
func (b *guarding) requireIdentity() []int {
	l, ok := b.cluster.portSet(b.subject, annotationRequireIdentity)
	if !ok || l.count() > widestSkip {
		return nil
	}
	return slices.DeleteFunc(l.expand(), func(p int) bool { return slices.Contains(b.ports, p) })
}

// otherwise is the policy of ports without a Server.
func (b *guarding) otherwise(skipped, requires []int, v mesh.Value[string]) {
	own := slices.Concat(skipped, b.ports)
	b.authz.Refusals = append(b.authz.Refusals, mesh.Refusal{Origin: v.Origin})
	p, known := parsePolicy(v.V)
	if v.State == mesh.Unknown || !known {
		b.authz.Allow = append(b.authz.Allow, mesh.AuthzPolicy{Origin: v.Origin, Rules: []mesh.AuthzRule{{NotPorts: own, RequestBound: true, Origin: v.Origin}}})
		return
	}
	requires = slices.DeleteFunc(slices.Clone(requires), func(port int) bool { return slices.Contains(own, port) })
	b.open = len(b.ports)+len(requires) == 0 && !p.deny && !p.authenticated && (!p.cluster || b.anyAddress)
	if p.deny {
		return
	}
	rules := []mesh.AuthzRule{{From: b.from(p), NotPorts: slices.Concat(own, requires), Origin: v.Origin}}
	if len(requires) > 0 {
		at := b.cluster.requireOrigin(b.subject)
		strict := p
		strict.authenticated = true
		rules = append(rules, mesh.AuthzRule{From: b.from(strict), Ports: requires, Origin: at})
		for _, port := range requires {
			b.authz.Refusals = append(b.authz.Refusals, mesh.Refusal{Port: port, Origin: at})
		}
	}
	b.authz.Allow = append(b.authz.Allow, mesh.AuthzPolicy{Origin: v.Origin, Rules: rules})
}

// from is whom a policy admits; nil = everybody.
func (b *guarding) from(p policy) []mesh.AuthzSource {
	s := mesh.AuthzSource{}
	if p.cluster {
		s = b.ofCluster(s)
	}
	if p.authenticated {
		s.Principals = []string{anyIdentity}
	}
	return sources(s)
}

// ofCluster is a source that is restricted to the networks of the cluster. Its gateway is in these.
func (b *guarding) ofCluster(s mesh.AuthzSource) mesh.AuthzSource {
	if s.Other = !b.anyAddress; s.Other {
		s.Addresses = &mesh.Addresses{Through: b.cluster.admitsGateway(b.cluster.clusterNetworks())}
	}
	return s
}

func sources(s mesh.AuthzSource) []mesh.AuthzSource {
	if len(s.Principals) == 0 && !s.Other {
		return nil
	}
	return []mesh.AuthzSource{s}
}

// gateway: the proxy of a multicluster gateway refuses to forward for a caller without an identity
// (linkerd2-proxy RefusedNoIdentity).
func (b *guarding) gateway(m Meshing) {
	if m.Gateway.IsZero() {
		return
	}
	b.open = false
	b.authz.Deny = append(b.authz.Deny, mesh.AuthzPolicy{Origin: m.Gateway, Rules: []mesh.AuthzRule{{
		From: []mesh.AuthzSource{{NotPrincipals: []string{anyIdentity}}}, Ports: []int{inboundProxyPort}, Origin: m.Gateway,
	}}})
	if !slices.Contains(b.ports, inboundProxyPort) {
		b.ports = append(b.ports, inboundProxyPort)
	}
}

// count is how many ports a list has, at most.
func (l PortList) count() int {
	n := 0
	for _, r := range l.ranges {
		n += r.high - r.low + 1
	}
	return n
}

// expand lists the ports, without 0.
func (l PortList) expand() []int {
	var out []int
	for _, r := range l.ranges {
		for port := max(r.low, 1); port <= r.high; port++ {
			out = append(out, port)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// String renders a list of ports for messages.
func (l PortList) String() string {
	text := ""
	for i, r := range l.ranges {
		if i > 0 {
			text += ","
		}
		text += strconv.Itoa(r.low)
		if r.high > r.low {
			text += "-" + strconv.Itoa(r.high)
		}
	}
	return text
}
