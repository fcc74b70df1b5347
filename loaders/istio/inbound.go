package istio

import (
	"cmp"
	"maps"
	"slices"

	security "istio.io/api/security/v1beta1"

	"github.com/passmuster/muster/mesh"
)

// inboundIndex is what servers are told: who must speak mTLS to them, and who may call.
type inboundIndex struct {
	// peers and policies are by namespace, oldest first.
	peers    map[string][]*PeerAuthentication
	policies map[string][]*AuthorizationPolicy
	told     map[*AuthorizationPolicy]mesh.AuthzPolicy // what each policy says, for all workloads that obey it
}

func (w *world) newInboundIndex() *inboundIndex {
	c := w.config
	x := &inboundIndex{
		peers:    map[string][]*PeerAuthentication{},
		policies: map[string][]*AuthorizationPolicy{},
		told:     make(map[*AuthorizationPolicy]mesh.AuthzPolicy, len(c.AuthorizationPolicies)),
	}
	for _, p := range c.PeerAuthentications {
		x.peers[p.Namespace] = append(x.peers[p.Namespace], p)
	}
	for _, p := range c.AuthorizationPolicies {
		x.policies[p.Namespace] = append(x.policies[p.Namespace], p)
		x.told[p] = w.policyOf(p)
	}
	return x
}

// serverMTLS is the mode that a workload's server side has, by port.
type serverMTLS struct {
	mesh.InboundPort
	ports map[int]mesh.InboundPort
}

func (m serverMTLS) at(port int) mesh.InboundPort {
	if p, ok := m.ports[port]; ok {
		return p
	}
	p := m.InboundPort
	p.Port = port
	return p
}

// serverMTLS resolves PeerAuthentication for a workload: its own policy, else its namespace's,
// else the mesh's; of several the oldest. A mode that is not set is inherited. Ports count only in a
// policy with a selector, and policies with a selector in the root namespace not at all.
// Istio: ComposePeerAuthentication.
func (w *world) serverMTLS(namespace string, labels map[string]string) serverMTLS {
	out := serverMTLS{InboundPort: mesh.InboundPort{Mode: mesh.Permissive, Origin: byIstio}}
	apply := func(p *PeerAuthentication) {
		if p == nil {
			return
		}
		if mode := modeOf(p.Spec.Mtls); mode != "" {
			out.Mode, out.Origin = mode, p.At("/spec/mtls/mode")
		}
	}
	apply(w.inbound.general(w.rootNamespace))
	if namespace == w.rootNamespace || namespace == "" {
		return out
	}
	apply(w.inbound.general(namespace))
	own := w.inbound.selecting(namespace, labels)
	apply(own)
	if own == nil || len(own.Spec.PortLevelMtls) == 0 {
		return out
	}
	out.ports = map[int]mesh.InboundPort{}
	for port, mtls := range own.Spec.PortLevelMtls {
		p := mesh.InboundPort{Port: int(port), Mode: out.Mode, Origin: out.Origin}
		if mode := modeOf(mtls); mode != "" {
			p.Mode, p.Origin = mode, child(own.At("/spec/portLevelMtls"), int(port), "mode")
		}
		out.ports[int(port)] = p
	}
	return out
}

// general is the oldest policy of a namespace that selects nothing.
func (x *inboundIndex) general(namespace string) *PeerAuthentication {
	for _, p := range x.peers[namespace] {
		if len(p.Spec.Selector.GetMatchLabels()) == 0 {
			return p
		}
	}
	return nil
}

// selecting is the oldest policy of a namespace that selects a workload.
func (x *inboundIndex) selecting(namespace string, labels map[string]string) *PeerAuthentication {
	for _, p := range x.peers[namespace] {
		if want := p.Spec.Selector.GetMatchLabels(); len(want) > 0 && hasLabels(labels, want) {
			return p
		}
	}
	return nil
}

// hasLabels reports whether labels include all of want.
func hasLabels(labels, want map[string]string) bool {
	return matchesAll(want, func(k string) string { return labels[k] })
}

// modeOf names a mode; "" if it is not set.
func modeOf(m *security.PeerAuthentication_MutualTLS) mesh.MTLSMode {
	switch m.GetMode() {
	case security.PeerAuthentication_MutualTLS_STRICT:
		return mesh.Strict
	case security.PeerAuthentication_MutualTLS_PERMISSIVE:
		return mesh.Permissive
	case security.PeerAuthentication_MutualTLS_DISABLE:
		return mesh.DisableMTLS
	}
	return ""
}

// namespaceMTLS is the mode that clients are told of a whole service; "" if nobody says anything.
// It is a hint that looks at no selector. Istio: GetNamespaceMutualTLSMode.
func (w *world) namespaceMTLS(namespace string) mesh.MTLSMode {
	root := mesh.MTLSMode("")
	if p := w.inbound.general(w.rootNamespace); p != nil {
		root = cmp.Or(modeOf(p.Spec.Mtls), mesh.Permissive)
	}
	if namespace != w.rootNamespace {
		if p := w.inbound.general(namespace); p != nil {
			return cmp.Or(modeOf(p.Spec.Mtls), root, mesh.Permissive)
		}
	}
	return root
}

// inboundFor is what a workload accepts. Ports are those that a policy singles out, after 0 for
// all others. In namespace "" only mesh-wide policies apply.
func (f *Fleet) inboundFor(w *world, namespace string, labels map[string]string) *mesh.Inbound {
	mtls := w.serverMTLS(namespace, labels)
	return f.inboundWith(w, mtls, slices.Sorted(maps.Keys(mtls.ports)), w.authorization(namespace, labels, false))
}

func (f *Fleet) inboundWith(w *world, mtls serverMTLS, ports []int, authz *mesh.Authorization) *mesh.Inbound {
	in := &mesh.Inbound{
		TrustDomain:   w.trustDomain,
		TrustAliases:  w.config.Mesh.GetTrustDomainAliases(),
		Ports:         []mesh.InboundPort{mtls.at(0)},
		Authorization: authz,
	}
	for _, p := range ports {
		in.Ports = append(in.Ports, mtls.at(p))
	}
	return in
}
