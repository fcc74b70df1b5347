package failover

import (
	"time"

	"github.com/passmuster/muster/mesh"
)

// disconnect takes out the hosts that refuse connections, where the proxy sends requests only to those that it has a connection
// to, and returns how many. What is on its way when the connection breaks fails.
// linkerd2-proxy: the balancer chooses among endpoints that are ready.
func (s *sim) disconnect() int {
	if !s.pool.Connected || s.fault != Crash {
		return 0
	}
	out := 0
	for i := range s.hosts {
		h := &s.hosts[i]
		if accepts := h.ep.Gateway != nil && h.at != yes; accepts {
			continue // what is behind it is gone, and it answers that
		}
		if h.fails == 1 && h.share > 0 && h.usable() && !h.far {
			h.ejected = true
			out++
		}
	}
	if out > 0 && s.times() {
		s.answer.Recovery.add("connect", 0, s.pool.ConnectTimeout.Or(0), s.pool.ConnectTimeout.Origin)
		s.tracef("%d hosts refuse connections: no request is sent to them until they take one", out)
	}
	return out
}

// silent: open connections to hosts that are cut off tell nothing. Those that are made anew fail in time, and nobody knows which
// of the two a caller has.
func (s *sim) silent(t, dead int) int {
	const why = "nothing but TCP ends requests on open connections to endpoints that are cut off, and no setting decides when"
	if s.detail {
		at := s.routeOrigin()
		for _, l := range s.pool.Losses {
			if l.Takes&mesh.TakesDetection != 0 {
				at = l.Origin
				break
			}
		}
		s.answer.addUnsettled(unsettled{why, at})
	}
	s.markUnknown(t)
	s.tracef("%s", why)
	if !s.optimistic {
		return 0
	}
	for i := range s.hosts {
		if h := &s.hosts[i]; h.target == t && h.fails == 1 && h.share > 0 && h.usable() {
			h.ejected = true
		}
	}
	return dead
}

// failFast adds how long requests wait for a backend that has no endpoint left before others are asked.
func (s *sim) failFast(t mesh.WeightedAvailable) {
	wait, known := t.FailFast.Get()
	if !known || !s.times() {
		return
	}
	for i := range s.pool.Targets {
		target := &s.pool.Targets[i]
		if target.Weight == 0 || len(target.Endpoints) == 0 {
			continue
		}
		left := false
		for j := range s.hosts {
			left = left || s.hosts[j].tier == i && s.hosts[j].usable()
		}
		if !left {
			s.answer.Recovery.add("fail-fast", 0, wait, t.FailFast.Origin)
			s.tracef("requests wait up to %s for %s before the other backends are asked", wait, target.Name)
			return
		}
	}
}

// probeWindow is how long a check takes to fail often enough.
func probeWindow(hc *mesh.HealthCheck) window {
	w := window{time.Duration(hc.Failure-1) * hc.Interval, time.Duration(hc.Failure)*hc.Interval + hc.Timeout}
	if hc.Gateway { // one after the other
		w.upper = time.Duration(hc.Failure)*max(hc.Interval, hc.Timeout) + min(hc.Interval, hc.Timeout)
	}
	return w
}

// notices reports whether a check can tell that a host is gone: one that asks gateways knows nothing of what is behind them.
func (s *sim) notices(hc *mesh.HealthCheck, h *host) bool {
	return !hc.Gateway || h.ep.Gateway != nil && h.at == yes
}

// neverDrawn reports whether a target has a weight of 0 beside others, where weights decide among those that are available.
func (s *sim) neverDrawn(target int) bool {
	_, weighted := s.pool.Tiering.(mesh.WeightedAvailable)
	return weighted && len(s.pool.Targets) > 1 && s.pool.Targets[target].Weight == 0
}
