package failover

import (
	"slices"

	"github.com/passmuster/muster/mesh"
)

// takeOut marks the hosts of a target that its check takes out, and reports whether there are any. A check that asks other targets takes
// out what it decides about, alive or not, once one of these has failed as a whole.
func (s *sim) takeOut(t int, target *mesh.Target, hc *mesh.HealthCheck) bool {
	marked := false
	gone := slices.ContainsFunc(target.OutWith, func(other int) bool { return s.failed(other, hc) })
	for i := range s.hosts {
		h := &s.hosts[i]
		if h.target == t && !h.withdrawn && (gone || target.OutWith == nil && h.fails == 1 && s.notices(hc, h)) {
			h.withdrawn, marked = true, true
		}
	}
	return marked
}

// failed reports whether a check sees all hosts of a target fail.
func (s *sim) failed(target int, hc *mesh.HealthCheck) bool {
	hosts := 0
	for i := range s.hosts {
		if h := &s.hosts[i]; h.target == target {
			if h.fails < 1 || !s.notices(hc, h) {
				return false
			}
			hosts++
		}
	}
	return hosts > 0
}

// spreadDNS answers with healthy targets of the first rank that has any; when none is healthy, DNS answers as if all were.
// Route 53: if no record is healthy, all records are treated as healthy.
func (s *sim) spreadDNS(t mesh.DNSFailover, healthy []int) bool {
	all := !slices.ContainsFunc(healthy, func(n int) bool { return n > 0 })
	if all {
		s.noteLoss(mesh.LossSharedCheck)
	}
	rank := func(i int) int {
		if t.Weighted {
			return s.pool.Targets[i].Rank
		}
		return i
	}
	weight := func(i int) float64 {
		if t.Weighted {
			return float64(s.pool.Targets[i].Weight)
		}
		return 1
	}
	first, sum := -1, 0.0
	for i := range s.pool.Targets {
		switch {
		case !all && healthy[i] == 0, weight(i) == 0:
		case first < 0 || rank(i) < first:
			first, sum = rank(i), weight(i)
		case rank(i) == first:
			sum += weight(i)
		}
	}
	if first < 0 {
		return false
	}
	answers := 1.0
	if s.alternates(first, rank, healthy) {
		answers = 0.5
		s.noteLoss(mesh.LossAstrayCheck)
	}
	for i := range s.pool.Targets {
		if w := weight(i); rank(i) == first && w > 0 && (all || healthy[i] > 0) {
			s.answerWith(i, answers*w/sum, healthy)
		}
	}
	return true
}

// answerWith gives a target a share: its healthy hosts, or all if none is.
func (s *sim) answerWith(target int, share float64, healthy []int) {
	s.shareTier(target, share, healthy[target] == 0)
}

// alternates gives a half of the requests back to a target of an earlier rank whose check asks the very name: as soon as the later target
// answers, the check finds the earlier one well, and the name leads there again. Nobody knows how long each phase lasts.
func (s *sim) alternates(now int, rank func(int) int, healthy []int) bool {
	for t := range s.pool.Targets {
		if rank(t) < now && s.pool.Targets[t].Alternates && s.pool.Targets[t].Detection.Check != nil {
			s.answerWith(t, 0.5, healthy)
			return true
		}
	}
	return false
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

// meets reports whether an endpoint, or what is behind it, is inside the failed domain.
func (s *sim) meets(e *mesh.Endpoint) bool { return s.blast.touchesEndpoint(s.pool.Service, e) }
