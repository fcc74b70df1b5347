package failover

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// noteGone explains a pool that has nothing left for these clients: no endpoint at all, only
// dead ones, or none that may be used.
func (s *sim) noteGone(ok bool) {
	if !s.detail {
		return
	}
	alive := 0
	for i := range s.hosts {
		if h := &s.hosts[i]; h.fails < 1 && !s.neverDrawn(h.target) {
			alive++
		}
	}
	if ok && s.failing() == 0 {
		return
	}
	if alive > 0 {
		s.noteUnreachable()
		return
	}
	s.noteUnreachable()
	dropped := false
	for _, l := range append(append([]mesh.Loss(nil), s.pool.Losses...), s.pool.Service.Losses...) {
		if l.Takes&(mesh.TakesEndpoints|mesh.TakesReachability) == 0 || !s.wouldHelp(l) {
			continue
		}
		dropped = true
		s.cause(causeOf(l))
		s.tracef("endpoints outside the failed domain do not count: %s", l.Detail)
	}
	if dropped {
		return
	}
	if at, what, shared := s.sharedPlacement(); shared && len(s.blast.releases) == 0 {
		s.cause(Cause{Kind: CauseSharedFate, Origin: at, Detail: what})
		s.tracef("%s", what)
		return
	}
	kind := CauseNoEndpoint
	detail := fmt.Sprintf("every endpoint of %s is inside the failed domain", s.pool.Host)
	if len(s.blast.releases) > 0 {
		detail = fmt.Sprintf("every endpoint of %s is of the bad release", s.pool.Host)
	}
	if len(s.listed()) == 0 {
		detail = fmt.Sprintf("%s has no endpoint", s.pool.Host)
		if s.pool.Subset != "" {
			detail = fmt.Sprintf("subset %s of %s has no endpoint", s.pool.Subset, s.pool.Host)
		}
	}
	s.cause(Cause{Kind: kind, Origin: firstOrigin(s.pool.Service.Origin, s.pool.RuleOrigin), Detail: detail})
	s.tracef("%s", detail)
}

// noteUnreachable names addresses of another network that are sent as they are.
func (s *sim) noteUnreachable() {
	for i := range s.hosts {
		h := &s.hosts[i]
		if !h.far {
			continue
		}
		known := false
		for _, l := range append(append([]mesh.Loss(nil), s.pool.Losses...), s.pool.Service.Losses...) {
			if l.Kind == mesh.LossNoGateway {
				s.cause(causeOf(l))
				known = true
			}
		}
		if known {
			return
		}
		s.cause(Cause{Kind: CauseUnreachable, Loss: mesh.LossNoGateway, Origin: h.ep.Origin,
			Detail: fmt.Sprintf("network %s has no east-west gateway, and its addresses do not lead anywhere from %s", h.ep.Network, s.client.Network)})
		return
	}
}

// wouldHelp reports whether what a loss takes away lies outside the failed domain, and was meant
// for this client.
func (s *sim) wouldHelp(l mesh.Loss) bool {
	if l.Kind == mesh.LossScaledToZero {
		return s.blast.place("", mesh.Locality{Region: l.Region}, false) != yes
	}
	if l.Kind == mesh.LossNoStandby {
		return true
	}
	if l.Kind == mesh.LossOneRegion {
		// An answer in another region is no help against a bad release, nor where all of a service is meant to be gone.
		return len(s.blast.releases) == 0 && !slices.ContainsFunc(s.blast.parts, func(p part) bool { return p.Target == Service })
	}
	if l.Kind == mesh.LossMissing || l.Kind == mesh.LossNoIdentity || l.Kind == mesh.LossForeignRoots {
		return len(l.Endpoints) == 0 || s.someAlive(l.Endpoints)
	}
	if l.Kind == mesh.LossDistribute && l.Region != "" && l.Region != s.client.Locality.Region {
		return false
	}
	if len(l.Endpoints) == 0 && s.ordered() {
		return true // a failover target of which nothing is left in any failure
	}
	return s.someAlive(l.Endpoints)
}

func (s *sim) someAlive(list []*mesh.Endpoint) bool {
	for _, e := range list {
		if s.blast.endpoint(s.pool.Service, e) == no {
			return true
		}
	}
	return false
}

// listed are the hosts before any of them went off the list.
func (s *sim) listed() []host {
	if s.moved != nil {
		return s.kept
	}
	return s.hosts
}

// sharedPlacement: several replicas, pinned into the one place that failed.
func (s *sim) sharedPlacement() (mesh.Origin, string, bool) {
	replicas := 0
	var w *mesh.Workload
	hosts := s.listed()
	for i := range hosts {
		e := hosts[i].ep
		if len(e.Behind) > 0 || e.Workload == nil {
			return mesh.Origin{}, "", false
		}
		if w != nil && w != e.Workload {
			return mesh.Origin{}, "", false
		}
		w = e.Workload
		replicas++
	}
	if w == nil || !w.Locality.IsKnown() || w.Locality.Origin.In == nil || s.blast.ControlPlaneGone(w.Cluster) {
		return mesh.Origin{}, "", false
	}
	return w.Locality.Origin, fmt.Sprintf("all %d replicas of %s/%s are placed in %s", replicas, w.Namespace, w.Name, w.Locality.V), true
}
