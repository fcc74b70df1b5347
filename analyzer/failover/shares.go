package failover

import (
	"time"

	"github.com/passmuster/muster/mesh"
)

// seesShare decides whether detection by shares of failures counts a fault. It counts requests when they end, whoever ends them.
func (s *sim) seesShare(fault Fault) sight {
	if fault == Crash || fault == Error {
		return sight{sees: true}
	}
	if wait, origin, ok := s.route.wait(); ok && s.route.http {
		return sight{sees: true, latency: wait, origin: origin}
	}
	return sight{sees: s.optimistic, unknown: true, origin: s.routeOrigin(),
		why: "nothing that is announced bounds how long a request waits, and whether callers set deadlines is not in the inputs"}
}

// sharesSuffice reports whether detection by shares can eject any host of a target, and says why not. Where it depends on how many
// requests there are, the answer is unknown.
func (s *sim) sharesSuffice(o *mesh.OutlierDetection, t int) bool {
	hosts, share := 0, 1.0
	for i := range s.hosts {
		if h := &s.hosts[i]; h.target == t && h.share > 0 && h.usable() {
			hosts++
			share = min(share, h.share)
		}
	}
	took, why, can := o.Detects(AssumedRate*share, hosts)
	switch {
	case !can:
		if s.detail {
			s.cause(Cause{Kind: s.unseen(), Origin: firstOrigin(o.FailurePercentage.Origin, o.Origin), Detail: why})
		}
		s.tracef("%s ejects nothing: %s", s.detector(), why)
		return false
	case took == 0 && why != "":
		if s.detail {
			s.answer.addUnsettled(unsettled{why, firstOrigin(o.FailurePercentage.Volume.Origin, o.Origin)})
		}
		s.markUnknown(t)
		s.tracef("%s", why)
		return s.optimistic
	}
	return true
}

// addShareDetection bounds how long detection by shares takes. The requests that wait when the fault begins fail last of those before it.
func (s *sim) addShareDetection(o *mesh.OutlierDetection, seen sight, done int) {
	const late = 100 * time.Millisecond // of a timer on a busy machine, and of the picks that are under way
	upper := seen.latency + 2*o.Interval.Or(0) + late
	s.answer.Recovery.add("detect", seen.latency, upper, firstOrigin(o.Interval.Origin, o.FailurePercentage.Origin, o.Origin))
	s.tracef("each client ejects %d hosts at the end of an interval in which their requests failed: within %s", done, upper)
}

// available is how much of its weight a locality keeps.
// Envoy: locality weighted load balancing. gRPC: all of it, while any endpoint is left.
func (s *sim) available(usable, n int) float64 {
	factor := overprovisioning
	if t, ok := s.pool.Tiering.(*mesh.Priorities); ok {
		if t.Overprovisioning == 0 {
			return 1
		}
		factor = t.Overprovisioning
	}
	return min(1, factor*float64(usable)/float64(n))
}
