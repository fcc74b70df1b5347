package failover

import "github.com/passmuster/muster/mesh"

// overprovisioning is Envoy's factor: a tier keeps everything until its healthy share times 1.4
// falls below 1. istiod never changes it.
const overprovisioning = 1.4

// host is one endpoint of an arrangement during a simulation.
type host struct {
	ep     *mesh.Endpoint
	tier   int
	target int
	share  float64 // of the tier's load among its usable hosts, by weight (recomputed)
	weight float64
	// fails is the share of requests to this host that fail under the scenario: 0 or 1, or
	// between for a gateway of which only some endpoints behind it are gone.
	fails     float64
	unknown   bool // whether it fails is not decided by the inputs
	withdrawn bool // marked unhealthy by a control plane or a health check
	ejected   bool
	// refuses: a gateway that has noticed that nobody is behind it closes connections at once.
	refuses bool
	noticed window // how long that takes
	far     bool   // in another network, and no gateway
	// at is what the scenario takes of it, and hits of what is behind it; nil = not noted.
	at   three
	hits []three
	// prot is what protects the connection, or those to each endpoint behind a gateway: the same in
	// every scenario. nil = not judged yet.
	prot []*protection
}

func (h *host) usable() bool { return !h.withdrawn && !h.ejected }

// tierLoads divides the load over tiers by Envoy's rule: each tier may take
// min(1, factor × healthy share); later tiers get what is left; if all together offer less than
// 1 the loads are scaled up. The result is nil when no tier has a healthy host.
// Envoy: load balancing, priority levels.
func tierLoads(healthy, total []int, factor float64) []float64 {
	loads := make([]float64, len(total))
	sum := 0.0
	for i := range total {
		if total[i] == 0 {
			continue
		}
		h := min(1, factor*float64(healthy[i])/float64(total[i]))
		loads[i] = min(h, 1-sum)
		sum += loads[i]
		if sum >= 1-1e-9 {
			return loads
		}
	}
	if sum == 0 {
		return nil
	}
	for i := range loads {
		loads[i] /= sum
	}
	return loads
}

// spread computes each host's share of the pool's load. It returns false when nobody can take
// the load: no healthy host, and no panic mode.
func (s *sim) spread() bool {
	n := s.tiers
	s.panicked = false
	healthy, total := s.healthy[:n], s.total[:n]
	clear(healthy)
	clear(total)
	for i := range s.hosts {
		h := &s.hosts[i]
		total[h.tier]++
		if h.usable() {
			healthy[h.tier]++
		}
		h.share = 0
	}
	switch t := s.pool.Tiering.(type) {
	case mesh.WeightedAvailable:
		return s.spreadWeighted(healthy)
	case mesh.OperatorDriven:
		return s.spreadOperator(t)
	case mesh.DNSFailover:
		return s.spreadDNS(t, healthy)
	}
	factor := overprovisioning
	if t, ok := s.pool.Tiering.(mesh.OrderedTargets); ok {
		if t.Overprovisioning == 0 {
			return s.spreadFirst(healthy)
		}
		factor = t.Overprovisioning
	}
	if t, ok := s.pool.Tiering.(*mesh.Priorities); ok {
		if t.Overprovisioning == 0 {
			return s.spreadFirst(healthy)
		}
		factor = t.Overprovisioning
	}
	loads := tierLoads(healthy, total, factor)
	if loads == nil && s.pool.Panic <= 0 {
		return false // nobody is healthy, and health is never ignored
	}
	if s.totalPanic(healthy, total, factor) {
		// Envoy: recalculateLoadInTotalPanic divides by the number of hosts, dead or alive.
		s.panicked = true
		for i := range total {
			s.shareTier(i, float64(total[i])/float64(len(s.hosts)), true)
		}
		return true
	}
	offered := 0.0
	for i := range total {
		if total[i] > 0 {
			offered += min(1, factor*float64(healthy[i])/float64(total[i]))
		}
	}
	for i, load := range loads {
		if load == 0 {
			continue
		}
		inPanic := s.pool.Panic > 0 && offered < 1 && 100*float64(healthy[i])/float64(total[i]) < s.pool.Panic
		s.panicked = s.panicked || inPanic
		s.shareTier(i, load, inPanic)
	}
	return true
}

// totalPanic reports whether every tier is below the panic threshold while all together offer
// less than the whole load.
func (s *sim) totalPanic(healthy, total []int, factor float64) bool {
	if s.pool.Panic <= 0 {
		return false
	}
	offered := 0.0
	for i := range total {
		if total[i] == 0 {
			continue
		}
		share := float64(healthy[i]) / float64(total[i])
		if 100*share >= s.pool.Panic {
			return false
		}
		offered += min(1, factor*share)
	}
	return offered < 1
}

// shareTier divides a tier's load over its usable hosts (all of them in panic): by locality
// weight scaled with each locality's availability, then by endpoint weight, or by endpoint
// weight alone when the arrangement is not weighted.
func (s *sim) shareTier(tier int, load float64, all bool) {
	if load == 0 {
		return
	}
	use := func(h *host) bool { return h.tier == tier && (all || h.usable()) }
	if !s.arr.Weighted || all { // in panic Envoy does not look at localities
		sum := 0.0
		for i := range s.hosts {
			if h := &s.hosts[i]; use(h) {
				sum += h.weight
			}
		}
		for i := range s.hosts {
			if h := &s.hosts[i]; use(h) && sum > 0 {
				h.share = load * h.weight / sum
			}
		}
		return
	}
	// Locality weights: effective weight = weight × min(1, 1.4 × available share).
	// Envoy: locality weighted load balancing.
	start := s.tierStart[tier]
	groups := s.arr.Tiers[tier].Groups
	var sumEffective float64
	at := start
	type span struct {
		from, to  int
		effective float64
		weights   float64
	}
	spans := make([]span, 0, 8)
	for _, g := range groups {
		sp := span{from: at, to: at + len(g.Endpoints)}
		usable := 0
		for i := sp.from; i < sp.to; i++ {
			if use(&s.hosts[i]) {
				usable++
				sp.weights += s.hosts[i].weight
			}
		}
		at = sp.to
		if n := len(g.Endpoints); n > 0 && usable > 0 {
			sp.effective = float64(g.Weight) * s.available(usable, n)
			sumEffective += sp.effective
		}
		spans = append(spans, sp)
	}
	if sumEffective == 0 {
		return
	}
	for _, sp := range spans {
		if sp.effective == 0 {
			continue
		}
		for i := sp.from; i < sp.to; i++ {
			if h := &s.hosts[i]; use(h) {
				h.share = load * sp.effective / sumEffective * h.weight / sp.weights
			}
		}
	}
}

// spreadFirst gives everything to the first tier with a usable host.
func (s *sim) spreadFirst(healthy []int) bool {
	for i := range healthy {
		if healthy[i] > 0 {
			s.shareTier(i, 1, false)
			return true
		}
	}
	return false
}

// spreadWeighted is Linkerd's choice among available backends: by weight, weight 0 never.
func (s *sim) spreadWeighted(healthy []int) bool {
	if len(s.pool.Targets) == 1 && healthy[0] > 0 {
		s.shareTier(0, 1, false) // the weight of an only backend is ignored, even 0
		return true
	}
	sum := 0.0
	for i, t := range s.pool.Targets {
		if healthy[i] > 0 {
			sum += float64(t.Weight)
		}
	}
	if sum == 0 {
		return false
	}
	for i, t := range s.pool.Targets {
		if healthy[i] > 0 {
			s.shareTier(i, float64(t.Weight)/sum, false)
		}
	}
	return true
}

// spreadOperator applies the weights as written, or, once the operator has seen the primary
// without a ready endpoint, spreads evenly over the other targets that have one.
// linkerd-failover: secondaries share by their written weights, 1 if all are zero.
func (s *sim) spreadOperator(mesh.OperatorDriven) bool {
	primary := s.primary()
	if primary < 0 {
		return false
	}
	if !s.switched {
		s.shareTier(primary, 1, false)
		usable := false
		for i := range s.hosts {
			usable = usable || (s.hosts[i].tier == primary && s.hosts[i].usable())
		}
		return usable
	}
	var standby []int
	for i := range s.pool.Targets {
		if i == primary {
			continue
		}
		for j := range s.hosts {
			if s.hosts[j].tier == i && s.hosts[j].usable() {
				standby = append(standby, i)
				break
			}
		}
	}
	for _, i := range standby {
		s.shareTier(i, 1/float64(len(standby)), false)
	}
	return len(standby) > 0
}

// primary is the first target of weight above zero, or -1.
func (s *sim) primary() int {
	for i, t := range s.pool.Targets {
		if t.Weight > 0 {
			return i
		}
	}
	return -1
}
