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
// Route 53: if no record is healthy, all records are treated as healthy. Others fall back to a last answer (Cloudflare's fallback pool), or
// to none. A record that a member leads to chooses among its own members by
// itself, and only then.
func (s *sim) spreadDNS(t mesh.DNSFailover, healthy []int) bool {
	all := make([]int, len(s.pool.Targets))
	for i := range all {
		all[i] = i
	}
	return s.answerFrom(t, all, 0, 1, healthy)
}

// choice is a member of a record: a target, or all that stand behind another record.
type choice struct {
	rank    int
	weight  float64
	targets []int
	nested  bool
	checked bool
}

// choices are the members of the record at a depth, in their order.
func (s *sim) choices(t mesh.DNSFailover, list []int, depth int) (out []choice) {
	last := -1
	for _, i := range list {
		target := &s.pool.Targets[i]
		if len(target.Above) <= depth {
			last = -1
			one := choice{rank: i, weight: 1, targets: []int{i}}
			if t.Weighted {
				one.rank, one.weight = target.Rank, float64(target.Weight)
			}
			out = append(out, one)
			continue
		}
		p := target.Above[depth]
		if p.Member != last {
			last = p.Member
			out = append(out, choice{rank: p.Rank, weight: float64(p.Weight), nested: true, checked: p.Checked})
		}
		end := &out[len(out)-1]
		end.targets = append(end.targets, i)
	}
	return out
}

// well reports whether a member counts as healthy.
func (c *choice) well(healthy []int) bool {
	return c.nested && !c.checked || slices.ContainsFunc(c.targets, func(i int) bool { return healthy[i] > 0 })
}

// answerFrom gives the members of one record a share of all requests.
func (s *sim) answerFrom(t mesh.DNSFailover, list []int, depth int, share float64, healthy []int) bool {
	members := s.choices(t, list, depth)
	all := !slices.ContainsFunc(members, func(c choice) bool { return c.well(healthy) })
	if all {
		s.noteLoss(mesh.LossSharedCheck)
		switch {
		case depth > 0 || t.Fallback == mesh.FallbackAll: // each record of those that lead to others has its own
		case t.Fallback == mesh.FallbackNone:
			return false
		case t.Fallback == mesh.FallbackMember && !members[len(members)-1].nested:
			s.answerWith(members[len(members)-1].targets[0], share, healthy)
			return true
		}
	}
	first, sum := -1, 0.0
	for i := range members {
		switch c := &members[i]; {
		case !all && !c.well(healthy), c.weight == 0:
		case first < 0 || c.rank < first:
			first, sum = c.rank, c.weight
		case c.rank == first:
			sum += c.weight
		}
	}
	if first < 0 {
		return false
	}
	if s.alternates(first, members, share, healthy) {
		share /= 2
		s.noteLoss(mesh.LossAstrayCheck)
	}
	answered := true
	for i := range members {
		c := &members[i]
		if c.rank != first || c.weight == 0 || !all && !c.well(healthy) {
			continue
		}
		if part := share * c.weight / sum; c.nested {
			answered = s.answerFrom(t, c.targets, depth+1, part, healthy) && answered
		} else {
			s.answerWith(c.targets[0], part, healthy)
		}
	}
	return answered
}

// answerWith gives a target a share: its healthy hosts, or all if none is.
func (s *sim) answerWith(target int, share float64, healthy []int) {
	s.shareTier(target, share, healthy[target] == 0)
}

// alternates gives a half of the requests back to a target of an earlier rank whose check asks the very name: as soon as the later target
// answers, the check finds the earlier one well, and the name leads there again. Nobody knows how long each phase lasts.
func (s *sim) alternates(now int, members []choice, share float64, healthy []int) bool {
	for i := range members {
		c := &members[i]
		if c.nested || c.rank >= now {
			continue
		}
		if t := &s.pool.Targets[c.targets[0]]; t.Alternates && t.Detection.Check != nil {
			s.answerWith(c.targets[0], share/2, healthy)
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
