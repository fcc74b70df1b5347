package linkerd

import (
	"slices"
	"strconv"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// member is one Service of one cluster while its endpoints are worked out.
type member struct {
	*getting
	in      *Cluster
	name    string // of a linked cluster; "" is the client's own
	of      kubernetes.Key
	service *Service // nil: slices without a Service
}

// candidate is an address that a slice announces as ready.
type candidate struct {
	ip    string
	port  int
	slice *Slice
	entry *SliceEntry
	pod   *Pod // nil: a machine, a gateway, or an address written by hand
	// machine is an ExternalWorkload.
	machine *ExternalWorkload
	origin  mesh.Origin
}

func (m *member) leave(c candidate, why Reason) {
	m.getting.leave(Left{Address: c.ip, Cluster: m.name, Why: why, Origin: c.origin})
}

// candidateKey is what the destination server tells addresses apart by: a pod has one of each
// family, and an address without a pod counts once for each port and hostname.
type candidateKey struct {
	pod, machine kubernetes.Key
	family       string
	ip, hostname string
	port         int
}

// candidates are the addresses that are ready, in the order of slices. Where slices disagree about
// a pod, the one that comes later by name counts; Linkerd's own choice among them is arbitrary.
func (m *member) candidates(list []*Slice) []candidate {
	n := 0
	for _, s := range list {
		n += len(s.Entries)
	}
	out, places := make([]candidate, 0, n), make(map[candidateKey]int, n)
	for _, s := range list {
		port, hasPort := m.targetPort(s)
		for i := range s.Entries {
			e := &s.Entries[i]
			for _, ip := range e.Addresses {
				c := candidate{ip: ip, port: port, slice: s, entry: e, origin: s.At("/endpoints/" + strconv.Itoa(i))}
				if why := m.announced(&c, hasPort); why != "" {
					m.leave(c, why)
					continue
				}
				at, seen := places[c.key()]
				switch {
				case !seen:
					places[c.key()] = len(out)
					out = append(out, c)
				case out[at].ip != c.ip:
					m.leave(out[at], AnotherOfThePod)
					out[at] = c
				default:
					out[at] = c
				}
			}
		}
	}
	return out
}

// announced finds out what an address belongs to; otherwise why it is not announced.
func (m *member) announced(c *candidate, hasPort bool) Reason {
	switch e := c.entry; {
	case !hasPort:
		return NoSuchPort
	case !e.Ready:
		return NotReady
	case !e.HasTarget:
		return ""
	case e.Kind == kindExternalWorkload: // of the slice's namespace, whatever the reference says
		if c.machine = m.in.External[kubernetes.Key{Namespace: c.slice.Namespace, Name: e.Target.Name}]; c.machine == nil {
			return NoSuchMachine
		}
		return ""
	case e.Kind != "Pod":
		return UnknownTarget
	default:
		if c.pod = m.in.Pods[e.Target]; c.pod == nil {
			return NoSuchPod
		}
		return ""
	}
}

func (c candidate) key() candidateKey {
	if c.pod != nil {
		return candidateKey{pod: c.pod.Key, family: c.slice.AddressType}
	}
	if c.machine != nil {
		return candidateKey{machine: c.machine.Key}
	}
	return candidateKey{ip: c.ip, port: c.port, hostname: c.entry.Hostname}
}

// targetPort is the port that a slice has for the port that is asked for: by the name of the
// Service's port. A port that the Service does not declare is taken for the target itself
// (linkerd2 watcher getTargetPort, resolveESTargetPort).
func (m *member) targetPort(s *Slice) (int, bool) {
	if !s.HasPorts {
		return 0, false
	}
	if m.service == nil {
		return m.port, true
	}
	declared, ok := m.service.port(m.port)
	if !ok {
		return m.port, true
	}
	for _, p := range s.Ports {
		if p.Name == declared.Name {
			return p.Number, p.Number != 0
		}
	}
	return 0, false
}

// filter keeps what the client's place and the authority leave: in every member by hostname, in
// members of the client's own cluster by node or zone as well (linkerd2 watcher
// filtered_listener_group.go).
func (m *member) filter(list []candidate) []candidate {
	list = m.keep(list, OtherHostname, func(c candidate) bool {
		return m.hostname == "" || c.entry.Hostname == m.hostname
	})
	if m.name == "" {
		list = m.filterByPlace(list)
	}
	return m.keep(list, NoIPv6, func(c candidate) bool { return c.pod == nil || c.slice.AddressType != "IPv6" })
}

// filterByPlace: internalTrafficPolicy Local has no way out, zone hints have two: one address
// without a hint cancels them, and so does a zone that no address is meant for.
func (m *member) filterByPlace(list []candidate) []candidate {
	if m.service != nil && m.service.InternalTrafficPolicy == trafficPolicyLocal {
		return m.keep(list, OtherNode, func(c candidate) bool { return c.pod != nil && c.pod.Node == m.node })
	}
	inZone := func(c candidate) bool { return slices.Contains(c.entry.HintZones, m.zone) }
	hinted := !slices.ContainsFunc(list, func(c candidate) bool { return len(c.entry.HintZones) == 0 })
	if !hinted || !slices.ContainsFunc(list, inZone) {
		return list
	}
	return m.keep(list, OtherZone, inZone)
}

// keep leaves out what does not pass, and says why.
func (m *member) keep(list []candidate, why Reason, passes func(candidate) bool) []candidate {
	if !slices.ContainsFunc(list, func(c candidate) bool { return !passes(c) }) {
		return list // as nearly always
	}
	var out []candidate
	for _, c := range list {
		if passes(c) {
			out = append(out, c)
		} else {
			m.leave(c, why)
		}
	}
	return out
}
