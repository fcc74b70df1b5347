package failover

import (
	"slices"

	"time"

	"github.com/passmuster/muster/mesh"
)

// gossip is how long servers of Consul take to declare a node lost that does not answer.
// Consul: memberlist's defaults for LANs: a probe each second, 4 s of suspicion for few nodes, up to six times as long for
// each power of ten of nodes.
var gossip = window{4 * time.Second, 60 * time.Second}

var byGossip = mesh.Default("Consul (gossip)")

// ordered reports whether the pool is a list of failover targets, as Consul's proxies hold it.
func (s *sim) ordered() bool {
	_, ok := s.pool.Tiering.(mesh.OrderedTargets)
	return ok
}

// stale reports whether what is lost may be announced as healthy for as long as it is lost: a place with its servers, or a
// gateway.
func (s *sim) stale() bool {
	return s.ordered() && (s.blast.infrastructure() || len(s.blast.gateways) > 0)
}

// explains reports whether a loss of detection is about the hosts that died, by a fault that it would have noticed.
func (s *sim) explains(l mesh.Loss) bool {
	switch l.Kind {
	case mesh.LossUnchecked, mesh.LossBlindAlias, mesh.LossAstrayCheck, mesh.LossManual:
		return slices.ContainsFunc(l.Endpoints, s.meets)
	case mesh.LossCheckGone:
	default:
		return true
	}
	if s.fault != Crash && s.fault != Hang || s.blast.infrastructure() {
		return false
	}
	for _, e := range l.Endpoints {
		if s.blast.endpoint(s.pool.Service, e) != no {
			return true
		}
	}
	return false
}

// follows reports whether a gateway is announced as healthy only while something behind it is.
func follows(e *mesh.Endpoint) bool { return e.Registry != nil && e.Registry.Follows }

// calledElsewhere reports whether nobody has a way to call a service, while its callers call it in another datacenter: in
// Consul the same name is a service of its own in each.
func (m *Model) calledElsewhere(s *mesh.Service) bool {
	if of := m.graph.Mesh(s.Mesh); of == nil || of.Kind != mesh.Consul || len(m.callersOf(s)) > 0 {
		return false
	}
	for _, other := range m.graph.Services {
		if other != s && other.Mesh == s.Mesh && other.Name == s.Name && len(m.callersOf(other)) > 0 {
			return true
		}
	}
	return false
}

// unseen is the cause where passive detection does not see a fault. Of a TCP stream no setting of a registry's mesh changes
// that: it is no fault of what is written.
func (s *sim) unseen() CauseKind {
	if s.ordered() && !s.route.http {
		return CauseNoDetection
	}
	return CauseUnseen
}

// gateway reports whether a gateway is inside the failed domain.
func (b *Blast) gateway(g *mesh.Gateway) bool {
	return b.endpoint(nil, &mesh.Endpoint{Gateway: g, Cluster: g.Cluster, Locality: g.Locality}) == yes
}

// onwardGone is the share of the gateways behind a gateway that are gone: they stay listed. Those of one role stand side by side, and
// the roles one after the other.
func (s *sim) onwardGone(e *mesh.Endpoint) float64 {
	left := 1.0
	for _, role := range []mesh.GatewayRole{mesh.EastWest, mesh.Egress} {
		gone, all := 0, 0
		for _, g := range e.Onward {
			if g.Role != role {
				continue
			}
			all++
			if s.blast.gateway(g) {
				gone++
			}
		}
		if gone > 0 {
			left *= 1 - float64(gone)/float64(all)
		}
	}
	return 1 - left
}

// announced tells whether and when a registry announces that an endpoint is gone: by its checks, or because its node no
// longer answers the others. Both need the servers of its own datacenter.
func (s *sim) announced(e *mesh.Endpoint) (window, mesh.Origin, bool) {
	w, at, ok := s.registered(e)
	if poll, known := s.pool.Polled.Get(); ok && known {
		w.upper += poll
	}
	return w, at, ok
}

func (s *sim) registered(e *mesh.Endpoint) (window, mesh.Origin, bool) {
	r := e.Registry
	if r == nil || r.Follows || s.blast.ControlPlaneGone(e.Cluster) {
		return window{}, mesh.Origin{}, false
	}
	if s.fault == Partition || s.fault == Crash && s.blast.infrastructure() {
		return gossip, byGossip, true // what is cut off is its node
	}
	if r.Doubt != "" && s.doubtful() {
		return window{}, mesh.Origin{}, true // withdraw tells that it is not known
	}
	var soonest window
	var at mesh.Origin
	found := false
	for i := range r.Checks {
		c := &r.Checks[i]
		if !s.handlerSees(c.Handler) {
			continue
		}
		w := window{time.Duration(c.Failure-1) * c.Interval, time.Duration(c.Failure)*c.Interval + c.Timeout}
		if !found || w.upper < soonest.upper {
			soonest, at, found = w, c.Origin, true
		}
	}
	return soonest, at, found
}

// handlerSees reports whether a check notices the fault of the program that it looks at. A tcp check does not see a hang,
// because the kernel accepts; none sees answers that are wrong.
func (s *sim) handlerSees(handler string) bool {
	switch s.fault {
	case Crash:
		return handler == "http" || handler == "grpc" || handler == "h2ping" || handler == "tcp" || handler == "ttl" || handler == "os_service"
	case Hang:
		return handler == "http" || handler == "grpc" || handler == "h2ping"
	}
	return false
}

// doubtful: whether a check sees the fault can be a question at all.
func (s *sim) doubtful() bool { return s.fault == Crash || s.fault == Hang }

// doubt is why it is not known whether a registry notices that an endpoint is gone, or one behind it; "" if it is known.
func (s *sim) doubt(e *mesh.Endpoint) string {
	for _, b := range e.Behind {
		if why := s.doubt(b); why != "" && s.blast.endpoint(s.pool.Service, b) != no {
			return why
		}
	}
	r := e.Registry
	if r == nil || r.Doubt == "" || !s.doubtful() || s.fault == Crash && s.blast.infrastructure() {
		return ""
	}
	for i := range r.Checks {
		if s.handlerSees(r.Checks[i].Handler) {
			return ""
		}
	}
	return r.Doubt
}

// seesLostPlace is what a caller's proxy sees of a place that is cut off, or hangs with the sidecars in it: no TLS handshake
// ends, so that new connections fail after the connect timeout, and requests on open ones after their own. A request that is
// ended while it waits for a connection counts for no endpoint. Of a hang, nothing ends what waits on open TCP connections.
func (s *sim) seesLostPlace(f Fault, connect time.Duration) (sight, bool) {
	if !s.ordered() || !s.route.http || f != Partition && (f != Hang || !s.blast.infrastructure()) {
		return sight{}, false
	}
	return sight{sees: true, latency: connect, origin: s.pool.ConnectTimeout.Origin}, true
}

// slowest is the longest that one failure takes until it counts.
func (s *sim) slowest(seen sight, f Fault) time.Duration {
	if wait, _, ok := s.route.wait(); ok && s.route.http && (f == Partition || f == Hang) {
		return max(seen.latency, wait)
	}
	return seen.latency
}

// acceptedAndClosed is why it is not known whether passive detection counts a crash; "" if it is known. Where the program
// dies and its sidecar lives, a connection is accepted and then closed: for HTTP that is a 503, for TCP a connection that
// came about.
func (s *sim) acceptedAndClosed(f Fault) string {
	if f != Crash || s.route.http || !s.ordered() || s.blast.infrastructure() || len(s.blast.gateways) > 0 {
		return ""
	}
	return "whether a proxy counts TCP connections as failures that the other sidecar accepts and closes, because its program is dead, is not known"
}
