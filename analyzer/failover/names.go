package failover

import (
	"github.com/passmuster/muster/mesh"
)

// takeOut marks the hosts of a target that its check takes out, and reports whether there are any. A check that asks another target
// takes out whatever it decides about once that other one fails, alive or not, and never for the failure of its own.
func (s *sim) takeOut(t int, watches mesh.Watched, hc *mesh.HealthCheck) bool {
	marked := false
	if watches > 0 && int(watches) != t+1 {
		asked, failed := 0, 0
		for i := range s.hosts {
			if h := &s.hosts[i]; h.target == int(watches)-1 {
				asked++
				if h.fails == 1 && s.notices(hc, h) {
					failed++
				}
			}
		}
		if asked == 0 || failed < asked {
			return false
		}
		for i := range s.hosts {
			if h := &s.hosts[i]; h.target == t && !h.withdrawn {
				h.withdrawn, marked = true, true
			}
		}
		return marked
	}
	for i := range s.hosts {
		if h := &s.hosts[i]; h.target == t && h.fails == 1 && !h.withdrawn && s.notices(hc, h) {
			h.withdrawn, marked = true, true
		}
	}
	return marked
}

// spreadDNS answers with healthy targets; when none is, DNS answers as if all were.
// Route 53: if no record is healthy, all records are treated as healthy.
func (s *sim) spreadDNS(t mesh.DNSFailover, healthy []int) bool {
	all := true
	for i := range healthy {
		if healthy[i] > 0 {
			all = false
		}
	}
	if all {
		s.noteLoss(mesh.LossSharedCheck)
	}
	sum, first := 0.0, -1
	for i, target := range s.pool.Targets {
		if !all && healthy[i] == 0 {
			continue
		}
		if first < 0 {
			first = i
		}
		sum += float64(target.Weight)
	}
	switch {
	case first < 0 || t.Weighted && sum == 0:
		return false
	case !t.Weighted:
		s.answerWith(first, 1, healthy)
		s.alternate(first, healthy)
		return true
	}
	for i, target := range s.pool.Targets {
		if all || healthy[i] > 0 {
			s.answerWith(i, float64(target.Weight)/sum, healthy)
		}
	}
	return true
}

// answerWith gives a target a share: its healthy hosts, or all if none is.
func (s *sim) answerWith(target int, share float64, healthy []int) {
	s.shareTier(target, share, healthy[target] == 0)
}

// alternate: a check that asks the very name finds it well as soon as the other target answers, and the first one counts as healthy again.
// Half of the requests go to either, to be exact over time: nobody knows how long each phase lasts.
func (s *sim) alternate(now int, healthy []int) {
	for t := 0; t < now; t++ {
		if s.pool.Targets[t].Watches != mesh.WatchesName || s.pool.Targets[t].Detection.Check == nil {
			continue
		}
		s.answerWith(now, 0.5, healthy)
		s.answerWith(t, 0.5, healthy)
		s.noteLoss(mesh.LossAstrayCheck)
		return
	}
}

// noteLoss names the losses of one kind as causes.
func (s *sim) noteLoss(kind mesh.LossKind) {
	if !s.detail || s.trial {
		return
	}
	for _, l := range s.pool.Losses {
		if l.Kind == kind {
			s.cause(causeOf(l))
			s.tracef("%s", l.Detail)
		}
	}
}

// hit reports whether an endpoint, or what is behind it, is inside the failed domain.
func (s *sim) hit(e *mesh.Endpoint) bool { return s.blast.touchesEndpoint(s.pool.Service, e) }
