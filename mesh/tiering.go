package mesh

import (
	"slices"
	"time"
)

// Tiering is how traffic of a pool moves when endpoints are gone. Each implementation is a
// distinct algorithm of a distinct mesh; the simulator knows them by type.
type Tiering interface {
	// Arrange places the pool's endpoints for one client.
	Arrange(c *Client, p *Pool) Arrangement
}

// Arrangement is a pool as one client holds it: tiers in order of preference, or for tierings
// that choose among targets one tier per target.
type Arrangement struct {
	Tiers []Tier
	// Weighted: the localities of a tier share its load by Group.Weight. Otherwise all endpoints
	// of a tier are one pool.
	Weighted bool
	// ZoneAware: the proxy itself prefers its own zone inside a tier.
	ZoneAware bool
	// Localized: tiers were made from localities at all (false: one flat tier by configuration).
	Localized bool
	// Apart: each tier is a cluster of its own, and an address may stand in several of them.
	Apart bool
}

// Tier is a set of endpoints of equal preference.
type Tier struct {
	Rank   int // before compaction: what the algorithm gave, for traces
	Groups []Group
}

// Group is the endpoints of a tier in one locality.
type Group struct {
	Locality  Locality
	Weight    uint32 // share of the tier when the arrangement is weighted
	Endpoints []*Endpoint
}

// Size is the number of endpoints of a tier.
func (t Tier) Size() int {
	n := 0
	for _, g := range t.Groups {
		n += len(g.Endpoints)
	}
	return n
}

// OrderedTargets sends everything to the first target that has a healthy endpoint (Consul
// resolver failover: an aggregate cluster). Overprovisioning as for Envoy's tiers: a target
// keeps all load until its healthy share times the factor falls below 1.
type OrderedTargets struct {
	Overprovisioning float64 // 1.4 for Envoy; 0 = switch only when a target is empty
}

// WeightedAvailable spreads requests by weight over the targets that are available now
// (Linkerd's RandomAvailable). A target of weight 0 never takes over.
type WeightedAvailable struct {
	// FailFast is how long a target without a usable endpoint keeps its callers waiting before
	// it counts as unavailable.
	FailFast Value[time.Duration]
}

// DNSFailover answers with the first target that its health check calls healthy or, when weighted, with all of those of the first rank
// that has any, by weight; clients keep an answer for its TTL. A target without a health check always
// counts as healthy (Route 53).
type DNSFailover struct {
	TTL      Value[time.Duration]
	Weighted bool
	// Fallback is what is answered when no target counts as healthy; "" = as if all were.
	Fallback Fallback
}

// OperatorDriven has fixed weights that a controller rewrites when the primary has no ready
// endpoint (linkerd-failover). The first target of weight above zero is the primary.
type OperatorDriven struct {
	Operator string
	// Reaction is how long the controller takes from seeing to writing.
	Reaction time.Duration
	// RunsIn is the cluster it lives in: without it the weights stay.
	RunsIn string
}

// Arrange gives one tier per target, in order.
func (OrderedTargets) Arrange(_ *Client, p *Pool) Arrangement { return perTarget(p) }

// Arrange gives one tier per target.
func (WeightedAvailable) Arrange(c *Client, p *Pool) Arrangement { return hintedTargets(c, p) }

// Arrange gives one tier per target.
func (DNSFailover) Arrange(_ *Client, p *Pool) Arrangement { return perTarget(p) }

// Arrange gives one tier per target.
func (OperatorDriven) Arrange(c *Client, p *Pool) Arrangement { return hintedTargets(c, p) }

// Flat is one tier of all endpoints: plain Kubernetes, or locality load balancing switched off.
type Flat struct{}

// Arrange gives one tier.
func (Flat) Arrange(_ *Client, p *Pool) Arrangement {
	var groups []Group
	for _, t := range p.Targets {
		if len(t.Endpoints) > 0 {
			groups = append(groups, Group{Weight: t.Weight, Endpoints: t.Endpoints})
		}
	}
	if groups == nil {
		return Arrangement{}
	}
	return Arrangement{Tiers: []Tier{{Groups: groups}}}
}

func perTarget(p *Pool) Arrangement {
	a := Arrangement{Localized: true, Apart: true}
	for i, t := range p.Targets {
		a.Tiers = append(a.Tiers, Tier{Rank: i, Groups: []Group{{Locality: placeOf(t.Endpoints), Weight: t.Weight, Endpoints: t.Endpoints}}})
	}
	return a
}

// Hinted is one tier of the endpoints that a client's zone is meant to use (linkerd2 destination server).
type Hinted struct{}

// Arrange gives one tier.
func (Hinted) Arrange(c *Client, p *Pool) Arrangement {
	a := hintedTargets(c, p)
	var groups []Group
	for _, t := range a.Tiers {
		if len(t.Groups[0].Endpoints) > 0 {
			groups = append(groups, t.Groups[0])
		}
	}
	if groups == nil {
		return Arrangement{}
	}
	return Arrangement{Tiers: []Tier{{Groups: groups}}}
}

// hintedTargets gives one tier per target, as far as zone hints leave it.
func hintedTargets(c *Client, p *Pool) Arrangement {
	a := perTarget(p)
	for i := range a.Tiers {
		g := &a.Tiers[i].Groups[0]
		g.Endpoints = forZone(c, g.Endpoints)
	}
	return a
}

// forZone leaves out the endpoints that are meant for other zones. Only those of the client's own cluster are: one of them
// without a hint cancels the hints of all, and so does a zone that none is meant for.
// linkerd2: destination server, filtered_listener_group.go.
func forZone(c *Client, list []*Endpoint) []*Endpoint {
	local := func(e *Endpoint) bool { return e.Gateway == nil && e.Cluster == c.Cluster }
	meant := false
	for _, e := range list {
		if local(e) {
			if len(e.ForZones) == 0 {
				return list
			}
			meant = meant || slices.Contains(e.ForZones, c.Locality.Zone)
		}
	}
	if !meant {
		return list
	}
	out := make([]*Endpoint, 0, len(list))
	for _, e := range list {
		if !local(e) || slices.Contains(e.ForZones, c.Locality.Zone) {
			out = append(out, e)
		}
	}
	return out
}

// placeOf is where all endpoints are: their region if they are in several zones of it.
func placeOf(list []*Endpoint) Locality {
	if len(list) == 0 {
		return Locality{}
	}
	at := list[0].Locality
	for _, e := range list[1:] {
		switch {
		case e.Locality.Region != at.Region:
			return Locality{}
		case e.Locality != at:
			at = Locality{Region: at.Region}
		}
	}
	return at
}
