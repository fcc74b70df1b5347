package linkerd

import (
	"net"
	"net/netip"
	"slices"
	"strconv"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// Hint is the protocol that a client may speak to an endpoint's proxy.
type Hint string

// The hints.
const (
	NoHint     Hint = ""       // no proxy is known to be there
	HintH2     Hint = "h2"     // requests are carried over HTTP/2
	HintOpaque Hint = "opaque" // bytes, no requests: no routes, retries or breaker
)

// ZoneLocality is an endpoint's zone seen from the client's.
type ZoneLocality string

// The localities of zones.
const (
	ZoneLocal   ZoneLocality = "local"
	ZoneRemote  ZoneLocality = "remote"
	ZoneUnknown ZoneLocality = "unknown"
)

// Endpoint is an address that a client may send to, and how.
type Endpoint struct {
	Addr              netip.AddrPort
	Weight            uint32 // 10000 = 1
	TLSIdentity       string // "": plaintext
	Hint              Hint
	AuthorityOverride string // host:port that the client asks a gateway for
	Zone              string
	ForZones          []string // the zones that its slice means it for
	Locality          ZoneLocality
	Cluster           string         // the linked cluster it is in; "" is the client's own
	Pod               kubernetes.Key // zero: a machine, a gateway, or an address written by hand
	Machine           kubernetes.Key // an ExternalWorkload
	Service           kubernetes.Key // whose slice announces it, in its cluster

	Origin       mesh.Origin // its entry in a slice
	IdentityFrom mesh.Origin // what decides that there is an identity, or that there is none
	HintFrom     mesh.Origin // what decides the hint
}

// translate describes a candidate as the client is told of it (linkerd2 createWeightedAddr). A pod
// that says it is meshed and has no proxy is dropped here, after the filters: it may have been all
// that they left.
func (m *member) translate(c candidate) (Endpoint, Reason) {
	ip, err := netip.ParseAddr(c.ip)
	if err != nil || ip.Zone() != "" || c.port < 0 || c.port > highestPort {
		return Endpoint{}, NoAddress
	}
	e := Endpoint{
		Addr:     netip.AddrPortFrom(ip, uint16(c.port)),
		Weight:   defaultWeight,
		Locality: ZoneUnknown,
		Cluster:  m.name,
		Service:  m.of,
		Origin:   c.origin,
	}
	if c.pod == nil && c.machine == nil {
		m.describeGateway(&e, c)
		return e, ""
	}
	e.Zone, e.ForZones = c.entry.Zone, c.entry.HintZones
	switch {
	case e.Zone == "" || m.zone == "":
	case e.Zone == m.zone:
		e.Locality = ZoneLocal
	default:
		e.Locality = ZoneRemote
	}
	if c.machine != nil {
		e.Machine = c.machine.Key
		m.describeMachine(&e, c.machine, c.port)
		return e, ""
	}
	e.Pod = c.pod.Key
	return e, m.describePod(&e, c.pod, c.port)
}

// describeMachine: an ExternalWorkload always has a proxy, and the identity that is written down for it, whichever control plane the
// client has (linkerd2 createWeightedAddrForExternalWorkload).
func (m *member) describeMachine(e *Endpoint, w *ExternalWorkload, port int) {
	e.TLSIdentity, e.IdentityFrom = w.TLSIdentity()
	e.Hint, e.HintFrom = HintH2, e.IdentityFrom
	if from, opaque := m.opaqueMachine(w, port); opaque {
		e.Hint, e.HintFrom = HintOpaque, from
	}
}

// opaqueMachine: by the annotation of the ExternalWorkload, which replaces the default, or by a Server of its namespace.
func (m *member) opaqueMachine(w *ExternalWorkload, port int) (mesh.Origin, bool) {
	named := map[string]int{}
	for _, p := range w.Ports {
		named[p.Name] = p.Number
	}
	if list := newPortList(&w.Meta, annotationOpaquePorts, named); list.Set {
		if list.Has(port) {
			return list.Origin, true
		}
	} else if m.client.Settings.isOpaque(port) {
		return mesh.Default(whoseDefault), true
	}
	subject := m.in.Subjects[SubjectKey{kindExternalWorkload, w.Key}]
	if subject == nil {
		return mesh.Origin{}, false
	}
	for _, s := range m.in.Servers[w.Namespace] {
		if s.ProxyProtocol == serverOpaque && slices.Contains(s.ports(subject), port) {
			return s.At("/spec/proxyProtocol"), true
		}
	}
	return mesh.Origin{}, false
}

// describeGateway: what stands behind an address without a pod is told by annotations of its slice.
func (m *member) describeGateway(e *Endpoint, c candidate) {
	if name, ok := c.slice.Annotations[annotationRemoteName]; ok {
		e.AuthorityOverride = net.JoinHostPort(name, strconv.Itoa(m.port))
	}
	e.TLSIdentity = c.slice.Annotations[annotationGateway]
	e.IdentityFrom = c.slice.At(annotationsPath)
	if e.TLSIdentity != "" {
		e.IdentityFrom = c.slice.At(annotationPath(annotationGateway))
		e.Hint = HintH2
	}
	e.HintFrom = e.IdentityFrom
}

// describePod fills in identity and hint of a pod; otherwise why clients are not told of it.
func (m *member) describePod(e *Endpoint, p *Pod, port int) Reason {
	controlPlane := p.Labels[labelControlPlane]
	if controlPlane == "" {
		e.IdentityFrom, e.HintFrom = p.At(labelsPath), p.At(labelsPath)
		return ""
	}
	if p.SkipInbound.Has(port) {
		e.IdentityFrom, e.HintFrom = p.SkipInbound.Origin, p.SkipInbound.Origin
		return ""
	}
	if !p.hasPorts(envAdmin, envControl) {
		return NoProxy
	}
	e.IdentityFrom = p.At(labelPath(labelControlPlane))
	if from, opaque := m.opaque(p, port); opaque {
		if !p.hasPorts(envInbound) {
			return NoProxy
		}
		e.Hint, e.HintFrom = HintOpaque, from
	} else {
		e.Hint, e.HintFrom = HintH2, e.IdentityFrom
	}
	if controlPlane == m.client.Settings.namespace() {
		e.TLSIdentity = p.ServiceAccount + "." + p.Namespace + ".serviceaccount.identity." + controlPlane + "." + m.in.Settings.trustDomain()
	}
	return ""
}

// opaque: by the pod's annotation, which replaces the default, or by a Server.
func (m *member) opaque(p *Pod, port int) (mesh.Origin, bool) {
	if p.OpaquePorts.Set {
		if p.OpaquePorts.Has(port) {
			return p.OpaquePorts.Origin, true
		}
	} else if m.client.Settings.isOpaque(port) {
		return mesh.Default(whoseDefault), true
	}
	return m.in.serverOpaque(p, port)
}

// hasPorts reports whether the proxy's environment has addresses with ports under all of the names.
func (p *Pod) hasPorts(names ...string) bool {
	for _, name := range names {
		addr, err := netip.ParseAddrPort(p.Proxy[name])
		if err != nil || name == envInbound && addr.Port() == 0 {
			return false
		}
	}
	return true
}
