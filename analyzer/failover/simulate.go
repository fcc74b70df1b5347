package failover

import (
	"fmt"
	"slices"
	"time"

	"github.com/passmuster/muster/mesh"
)

// Assumptions that the inputs cannot decide. They stand in the trace of every cell that uses
// them.
const (
	// AssumedRate is the least traffic of one client proxy, in requests per second: passive
	// detection needs requests to count.
	AssumedRate = 10
	// AssumedUtilisation is the share of its capacity that a service uses when no autoscaler
	// states a target.
	AssumedUtilisation = 0.5
)

// Kubernetes defaults that bound how fast a control plane notices.
var (
	// nodeGrace is node-monitor-grace-period (40 s up to 1.31, 50 s from 1.32) plus the 5 s
	// period of the node controller.
	nodeGrace = window{40 * time.Second, 55 * time.Second}
	// containerExit is how long the kubelet takes to report a container that is gone.
	containerExit = window{0, 2 * time.Second}

	byNodeController = mesh.Default("Kubernetes (node-monitor-grace-period)")
	byKubelet        = mesh.Default("the kubelet")
)

type window struct{ lower, upper time.Duration }

func (w window) or(v window) window { return window{max(w.lower, v.lower), max(w.upper, v.upper)} }

// traffic is what a route gives to requests on their way to a pool.
type traffic struct {
	http    bool
	timeout mesh.Value[time.Duration]
	retries mesh.Retries
	rule    *mesh.RouteRule // nil for plain traffic
}

// wait is how long one try may wait for an answer, and whether anything bounds it at all.
func (t traffic) wait() (time.Duration, mesh.Origin, bool) {
	per, hasPer := t.retries.PerTry.Get()
	all, hasAll := t.timeout.Get()
	switch {
	case hasPer && per > 0 && (!hasAll || all == 0 || per <= all):
		return per, t.retries.PerTry.Origin, true
	case hasAll && all > 0:
		return all, t.timeout.Origin, true
	}
	return 0, mesh.Origin{}, false
}

// sim evaluates one pool for one client in one scenario under one fault. It is reused between
// cells of one goroutine.
type sim struct {
	graph  *mesh.Graph
	blast  *Blast
	fault  Fault
	client *mesh.Client
	pool   *mesh.Pool
	route  traffic
	detail bool // name causes, destinations and recovery terms
	traces bool // tell the story
	clock  bool // bound the recovery, whether or not details are asked for
	// optimistic takes what the inputs do not decide at its best.
	optimistic bool
	trial      bool // only shares and times are asked for, and no causes

	arr       mesh.Arrangement
	hosts     []host
	kept      []host // what hosts were before a trial
	tierStart []int
	tiers     int
	healthy   []int
	total     []int
	panicked  bool
	switched  bool
	moved     *moved // the hosts are not those of a normal day; nil = they are
	doubted   bool   // some that left the list may not have been inside the failed domain
	answer    *Answer

	// asked is what policies were asked last, and what they said.
	asked  verdictKey
	said   mesh.Verdict
	saidAt mesh.Origin
	// judgements are those of connections from the client in hand to the pool in hand.
	judgements  []judgement
	protections protections
	alone       Answer                    // of a trial of detection
	zones       map[*mesh.Workload]string // that are not known, in words, by whose they are
	joined      protection                // of the connections through the gateway in hand
	joining     joining
}

// times reports whether recovery bounds are asked for.
func (s *sim) times() bool { return s.detail || s.clock }

// load fills the hosts from an arrangement of the pool.
func (s *sim) load(arr mesh.Arrangement) {
	s.begin(arr)
	s.hosts = s.hosts[:0]
	s.tierStart = s.tierStart[:0]
	for i, t := range arr.Tiers {
		s.tierStart = append(s.tierStart, len(s.hosts))
		for _, g := range t.Groups {
			for _, e := range g.Endpoints {
				w := float64(e.Weight)
				if w == 0 {
					w = 1
				}
				s.hosts = append(s.hosts, host{ep: e, tier: i, target: i, weight: w, withdrawn: e.Health == mesh.Unhealthy, far: s.unreachable(e)})
			}
		}
	}
	if len(s.pool.Targets) == 1 {
		for i := range s.hosts {
			s.hosts[i].target = 0
		}
	}
}

// reload fills the hosts from what a normal day kept of them.
func (s *sim) reload(d *day) {
	s.begin(d.arr)
	s.strike(d)
	s.hosts = append(s.hosts[:0], d.hosts...)
	s.tierStart = append(s.tierStart[:0], d.tierStart...)
}

func (s *sim) begin(arr mesh.Arrangement) {
	s.arr, s.tiers = arr, len(arr.Tiers)
	s.panicked, s.switched, s.moved, s.doubted = false, false, nil, false
	if cap(s.healthy) < s.tiers {
		s.healthy, s.total = make([]int, s.tiers), make([]int, s.tiers)
	}
	s.healthy, s.total = s.healthy[:s.tiers], s.total[:s.tiers]
}

// run computes the answer for the pool. Security and capacity are judged by the caller, which
// sees all pools of a route.
func (s *sim) run(d *day) (failing float64) {
	s.reload(d)
	s.afflict()
	ejection, ejects := s.ejectionAlone()
	if s.withdraw() && !s.pool.SendsUnhealthy {
		s.rearrange(d)
	}
	ok := s.detect()
	if ejects && ok && s.failing() == 0 && ejection.Upper < s.answer.Recovery.Upper {
		ejection.Terms = slices.Clone(ejection.Terms)
		s.answer.Recovery = ejection
	}
	s.noteGone(ok)
	if !ok {
		return 1
	}
	if t, is := s.pool.Tiering.(mesh.WeightedAvailable); is {
		s.failFast(t)
	}
	failing = s.failing()
	if failing > 0 {
		failing = s.retry(failing)
	}
	return failing
}

// ejectionAlone is how long the outage lasts where nobody but passive detection acts: both clocks
// start with the fault, and the sooner one ends it.
func (s *sim) ejectionAlone() (Recovery, bool) {
	if !s.times() {
		return Recovery{}, false
	}
	if !slices.ContainsFunc(s.hosts, func(h host) bool { return h.fails > 0 }) {
		return Recovery{}, false
	}
	s.kept = append(s.kept[:0], s.hosts...)
	answer, traces := s.answer, s.traces
	s.alone = Answer{Recovery: Recovery{Terms: s.alone.Recovery.Terms[:0]}}
	s.answer, s.traces, s.trial = &s.alone, false, true
	ok := s.detect() && s.failing() == 0
	recovery := s.alone.Recovery
	s.answer, s.traces, s.trial = answer, traces, false
	s.hosts, s.kept = s.kept, s.hosts
	return recovery, ok
}

// unreachable: an address in another network can only be reached through a gateway.
// Istio: an endpoint or a client without network is reached directly from everywhere.
func (s *sim) unreachable(e *mesh.Endpoint) bool {
	return e.Gateway == nil && e.Network != "" && s.client.Network != "" && e.Network != s.client.Network
}

// afflict marks the hosts that fail under the scenario.
func (s *sim) afflict() {
	for i := range s.hosts {
		h := &s.hosts[i]
		if h.far {
			h.fails = 1
			continue
		}
		switch h.at {
		case yes:
			h.fails = 1
			continue
		case maybe:
			s.suspect(h, 1, h.ep)
			continue
		}
		if n := len(h.ep.Behind); n > 0 {
			gone := 0
			for j, e := range h.ep.Behind {
				switch s.hit(h, j) {
				case yes:
					gone++
				case maybe:
					s.suspect(h, 0, e)
					if !s.optimistic {
						gone++
					}
				}
			}
			h.fails = float64(gone) / float64(n)
		}
		if len(h.ep.Onward) > 0 {
			h.fails = max(h.fails, s.onwardGone(h.ep))
		}
	}
}

// suspect marks a host that may or may not be inside: taken to fail, unless the simulation is
// asked for the best case.
func (s *sim) suspect(h *host, fails float64, e *mesh.Endpoint) {
	h.unknown = true
	if !s.optimistic {
		h.fails = fails
	}
	if s.detail {
		s.answer.addUnknown(s.whyMaybe(e))
	}
}

func (s *sim) whyMaybe(e *mesh.Endpoint) string {
	if e.Locality.Region == "" {
		name := e.Name
		if e.Workload != nil {
			name = nameOf(e.Workload)
		}
		return "the region of " + name + " is not known"
	}
	if e.Workload == nil {
		return zoneUnknown(e.Name)
	}
	words, known := s.zones[e.Workload]
	if !known {
		if s.zones == nil {
			s.zones = map[*mesh.Workload]string{}
		}
		words = zoneUnknown(nameOf(e.Workload))
		s.zones[e.Workload] = words
	}
	return words
}

// withdraw marks the endpoints that a surviving control plane or health check takes out, and
// adds the time that takes. It reports whether any endpoint left.
func (s *sim) withdraw() bool {
	if s.blast.ControlPlaneGone(s.configCluster()) {
		s.tracef("the control plane that %s listens to (%s) is inside the failed domain: its proxies keep their last endpoints", s.client.Cluster, s.configCluster())
		return s.check()
	}
	any := false
	var when window
	var at mesh.Origin
	for i := range s.hosts {
		h := &s.hosts[i]
		if h.fails == 0 || h.withdrawn || h.far {
			continue
		}
		w, origin, ok := s.withdrawal(h)
		if !ok {
			continue
		}
		if s.fault == Hang && s.probesByCommand(h.ep) {
			h.unknown = true
			if s.detail {
				s.answer.addUnknown("whether the readiness command of " + name(h.ep) + " notices a hang is not known")
			}
			if !s.optimistic {
				continue
			}
		}
		if why := s.doubt(h.ep); why != "" {
			h.unknown = true
			if s.detail {
				s.answer.addUnknown(why)
			}
			if !s.optimistic {
				continue
			}
		}
		if h.fails == 1 && h.ep.Gateway != nil && s.pool.SendsUnhealthy && h.at != yes && !follows(h.ep) {
			// The entry of a gateway carries no health: it stays healthy, with nobody behind it.
			// Istio: EndpointsByNetworkFilter.
			if s.traces {
				s.tracef("%s stays listed as healthy, though no endpoint behind it is ready", name(h.ep))
			}
			h.refuses, h.noticed = true, w
			continue
		}
		any = true
		if w.upper >= when.upper {
			at = origin
		}
		when = when.or(w)
		switch {
		case h.fails == 1:
			h.withdrawn = true
		default: // behind a gateway that stays: the gateway stops using the dead ones
			h.fails = 0
		}
	}
	if any && s.times() && when.upper > 0 {
		s.pendingWithdrawal(when, at)
	}
	return s.check() || any
}

// configCluster is the cluster whose control plane tells the client about endpoints.
// Consul: what is written in the primary datacenter is replicated, and each datacenter's servers tell its own proxies.
func (s *sim) configCluster() string {
	if m := s.graph.Mesh(s.client.Mesh); m != nil && m.Kind == mesh.Consul {
		return s.client.Cluster
	}
	if c := s.graph.Cluster(s.client.Cluster); c != nil && c.ConfigCluster != "" {
		return c.ConfigCluster
	}
	return s.client.Cluster
}

// withdrawal tells whether and when a control plane notices that an endpoint (or all that is
// behind a gateway) is gone.
func (s *sim) withdrawal(h *host) (window, mesh.Origin, bool) {
	if len(h.ep.Behind) > 0 {
		if h.at == yes {
			return s.announced(h.ep) // the gateway itself: its address stays listed, unless a registry checks it
		}
		if s.onwardGone(h.ep) > 0 {
			return window{}, mesh.Origin{}, false // another gateway's health is nobody's business
		}
		var all window
		var at mesh.Origin
		for j, e := range h.ep.Behind {
			if s.hit(h, j) == no {
				continue
			}
			w, origin, ok := s.notice(e)
			if !ok {
				return window{}, mesh.Origin{}, false
			}
			all, at = all.or(w), origin
		}
		return all, at, true
	}
	return s.notice(h.ep)
}

// probesByCommand: what a command in the container looks at is not in the inputs.
func (s *sim) probesByCommand(e *mesh.Endpoint) bool {
	for _, b := range e.Behind {
		if s.probesByCommand(b) && s.blast.endpoint(s.pool.Service, b) != no {
			return true
		}
	}
	return e.Workload != nil && e.Workload.Readiness != nil && e.Workload.Readiness.Handler == "exec"
}

func (s *sim) notice(e *mesh.Endpoint) (window, mesh.Origin, bool) {
	if e.Registry != nil && !e.Registry.Readiness {
		return s.announced(e)
	}
	if e.Workload == nil || s.pool.Discovery != mesh.EDS || s.blast.ControlPlaneGone(e.Cluster) {
		return window{}, mesh.Origin{}, false
	}
	places := s.blast.infrastructure()
	switch s.fault {
	case Crash:
		if places {
			return nodeGrace, byNodeController, true
		}
		return containerExit, byKubelet, true
	case Partition:
		if places {
			return nodeGrace, byNodeController, true
		}
	case Hang:
		if p := e.Workload.Readiness; p != nil && p.Handler != "tcp" {
			return window{time.Duration(p.Failure-1)*p.Period + p.Timeout, time.Duration(p.Failure)*p.Period + p.Timeout}, p.Origin, true
		}
	}
	return window{}, mesh.Origin{}, false
}

// check applies the targets' active health checks.
func (s *sim) check() bool {
	any := false
	dns, named := s.pool.Tiering.(mesh.DNSFailover)
	var slowest *mesh.HealthCheck
	for t := range s.pool.Targets {
		target := &s.pool.Targets[t]
		hc := target.Detection.Check
		if hc == nil || !s.checkSees(hc) {
			continue
		}
		marked := s.takeOut(t, target, hc)
		if marked && s.times() {
			if w := probeWindow(hc); !named {
				s.answer.Recovery.add("health check", w.lower, w.upper, hc.Origin)
			} else if slowest == nil || w.upper > probeWindow(slowest).upper {
				slowest = hc // those of a name run side by side
			}
			s.tracef("%s takes target %s out after %d failed checks", hc.By, target.Name, hc.Failure)
		}
		any = any || marked
	}
	if slowest != nil {
		w := probeWindow(slowest)
		s.answer.Recovery.add("health check", w.lower, w.upper, slowest.Origin)
	}
	if named && any && s.times() {
		ttl := dns.TTL.Or(0)
		s.answer.Recovery.add("dns ttl", 0, ttl, dns.TTL.Origin)
	}
	if op, ok := s.pool.Tiering.(mesh.OperatorDriven); ok {
		s.operate(op)
	}
	return any
}

// checkSees: a check notices a fault if its handler can tell and the checker itself survives. A
// tcp check sees a hang as healthy, because the kernel accepts.
func (s *sim) checkSees(hc *mesh.HealthCheck) bool {
	if len(hc.RunsIn) > 0 {
		alive := false
		for _, l := range hc.RunsIn {
			alive = alive || s.blast.place("", l, false) == no && !s.blast.allClustersGone(l.Region)
		}
		if !alive {
			return false
		}
	}
	switch s.fault {
	case Hang, Error:
		return hc.Handler != "tcp" && hc.Handler != "alias" && (s.fault == Hang || !hc.Gateway)
	}
	return true
}

// operate lets a controller rewrite the weights once the primary has no ready endpoint.
func (s *sim) operate(op mesh.OperatorDriven) {
	primary := s.primary()
	for i := range s.hosts {
		if h := &s.hosts[i]; h.tier == primary && h.usable() {
			return
		}
	}
	if op.RunsIn != "" && s.blast.ControlPlaneGone(op.RunsIn) {
		s.cause(Cause{Kind: CauseNotSwitched, Detail: fmt.Sprintf("%s runs in %s, inside the failed domain", op.Operator, op.RunsIn)})
		return
	}
	s.switched = true
	if s.times() {
		s.answer.Recovery.add("operator", 0, op.Reaction, mesh.Default(op.Operator))
	}
}

// failing is the share of requests that go to hosts which fail them.
func (s *sim) failing() float64 {
	sum := 0.0
	for i := range s.hosts {
		sum += s.hosts[i].share * s.hosts[i].fails
	}
	if sum < 1e-9 {
		return 0
	}
	return min(1, sum)
}

func (s *sim) tracef(format string, args ...any) {
	if s.traces {
		s.answer.Trace = append(s.answer.Trace, fmt.Sprintf(format, args...))
	}
}

func (s *sim) cause(c Cause) {
	if s.detail && !s.trial {
		s.answer.addCause(c)
	}
}

// pendingWithdrawal notes that endpoints leave the list; whether that is what ends the outage is
// decided once detection has been looked at.
func (s *sim) pendingWithdrawal(w window, at mesh.Origin) {
	if s.traces {
		s.tracef("endpoints leave the list when the control plane notices, after %s to %s", w.lower, w.upper)
	}
	s.answer.Recovery.add("readiness", w.lower, w.upper, at)
}
