package failover

import (
	"slices"

	"github.com/passmuster/muster/mesh"
)

// Blast is the radius of a scenario over one graph: what is inside the failed domain, and which
// control planes are.
type Blast struct {
	graph    *mesh.Graph
	Scenario Scenario
	words    string // the scenario's text
	parts    []part
	controls map[string]bool // cluster -> its control plane is gone or cut off
	gateways []*mesh.Gateway // those that the scenario names
	// copyOf is the region whose copy of one service fails, if that is what the scenario is.
	copyOf string
	// local: one service's own copy or release, asked about for that service alone.
	local bool
	// named: services, workloads or addresses fail, and not places or gateways alone. What looks alike
	// does not fail alike then.
	named bool
	// placed: places fail; inside: things in them do, or gateways. Neither or both may be.
	placed, inside bool
	// releases that are bad, of whatever services the scenario names; rest is the scenario without
	// them, nil if it names none.
	releases []*release
	rest     *Blast
}

type part struct {
	Part
	zone mesh.Locality
}

// three is a three-valued answer.
type three uint8

const (
	no three = iota
	yes
	maybe
)

// NewBlast prepares a scenario for a graph.
func NewBlast(g *mesh.Graph, s Scenario) *Blast {
	return newBlast(g, s, func(value string) []*release {
		return findReleases(g, g.Services, value, func(s *mesh.Service) []mesh.Version { return g.Versions(s) })
	})
}

// newBlast takes from the graph places alone; releases are looked up.
func newBlast(g *mesh.Graph, s Scenario, releases func(value string) []*release) *Blast {
	b := &Blast{graph: g, Scenario: s, words: s.String(), controls: map[string]bool{}}
	rest := Scenario{}
	for _, p := range s.Parts {
		pt := part{Part: p}
		if p.Target == Release {
			b.releases = append(b.releases, releases(p.Value)...)
		} else {
			rest.Parts = append(rest.Parts, p)
		}
		if p.Target == Zone {
			pt.zone = mesh.ParseLocality(p.Value)
		}
		b.parts = append(b.parts, pt)
		switch p.Target {
		case Region, Zone, Cluster, Datacenter:
			b.placed = true
		case Gateway:
			b.inside = true
		default:
			b.named, b.inside = true, true
		}
	}
	for _, gw := range g.Gateways {
		for i := range b.parts {
			if b.parts[i].Target == Gateway && b.parts[i].Value == gw.ID {
				b.gateways = append(b.gateways, gw)
			}
		}
	}
	for _, c := range g.Clusters {
		b.controls[c.Name] = b.losesControlPlane(c)
	}
	b.local = b.ofRelease()
	if len(rest.Parts) < len(s.Parts) {
		b.rest = quiet
		if len(rest.Parts) > 0 {
			b.rest = newBlast(g, rest, releases)
		}
	}
	return b
}

// losesControlPlane: a cluster's control plane dies with the cluster, with the region that holds
// the whole cluster, or with its only zone. With several zones it is taken to outlive one.
func (b *Blast) losesControlPlane(c *mesh.Cluster) bool {
	var zonesGone []string
	for _, p := range b.parts {
		switch p.Target {
		case Cluster, Datacenter:
			if p.Value == c.Name {
				return true
			}
		case Region:
			if c.Region == p.Value {
				return true
			}
		case Zone:
			if c.Region == p.zone.Region && slices.Contains(c.Zones, p.zone.Zone) {
				zonesGone = append(zonesGone, p.zone.Zone)
			}
		}
	}
	return len(zonesGone) > 0 && len(zonesGone)*2 > len(c.Zones)
}

// ControlPlaneGone reports whether a cluster's API server and mesh control plane are inside.
func (b *Blast) ControlPlaneGone(cluster string) bool { return b.controls[cluster] }

// allClustersGone reports whether a region has clusters and all of them are inside.
func (b *Blast) allClustersGone(region string) bool {
	gone := 0
	for _, c := range b.graph.Clusters {
		if region == "" || c.Region != region {
			continue
		}
		if !b.controls[c.Name] {
			return false
		}
		gone++
	}
	return gone > 0
}

// place tells whether a place in a cluster is inside the failed domain.
func (b *Blast) place(cluster string, l mesh.Locality, zoneUnknown bool) three {
	answer := no
	if !b.placed {
		return no
	}
	for i := range b.parts {
		p := &b.parts[i]
		switch p.Target {
		case Cluster, Datacenter:
			if cluster == p.Value {
				return yes
			}
		case Region:
			if l.Region == p.Value {
				return yes
			}
			if l.Region == "" && !b.regionKnownElsewhere(cluster, p.Value) {
				answer = maybe
			}
		case Zone:
			if l.Region == "" && l.Zone == "" {
				if !b.zoneKnownElsewhere(cluster, p.zone) {
					answer = maybe
				}
				continue
			}
			if l.Region != p.zone.Region {
				continue
			}
			if l.Zone == p.zone.Zone {
				return yes
			}
			if l.Zone == "" && zoneUnknown {
				answer = maybe
			}
		}
	}
	return answer
}

// holds reports whether a failed region holds the whole cluster: its pods are inside then, even
// where no label says so.
func (b *Blast) holds(cluster string) bool {
	if len(b.parts) == 0 {
		return false
	}
	c := b.graph.Cluster(cluster)
	if c == nil || c.Region == "" {
		return false
	}
	for i := range b.parts {
		if p := &b.parts[i]; p.Target == Region && p.Value == c.Region {
			return true
		}
	}
	return false
}

// zoneKnownElsewhere: an endpoint without locality is outside a zone that its cluster has no part
// in.
func (b *Blast) zoneKnownElsewhere(cluster string, zone mesh.Locality) bool {
	c := b.graph.Cluster(cluster)
	if c == nil {
		return false
	}
	return c.Region != "" && c.Region != zone.Region || len(c.Zones) > 0 && !slices.Contains(c.Zones, zone.Zone)
}

// regionKnownElsewhere: an endpoint without locality in a cluster of another region is outside.
func (b *Blast) regionKnownElsewhere(cluster, region string) bool {
	c := b.graph.Cluster(cluster)
	return c != nil && c.Region != "" && c.Region != region
}

// endpoint tells whether an endpoint of a service is inside, by itself: for a gateway, whether
// the gateway is.
func (b *Blast) endpoint(s *mesh.Service, e *mesh.Endpoint) three {
	var answer three
	addressed := s
	if e.Service != nil {
		s = e.Service
	}
	switch {
	case len(b.parts) == 0:
		return no
	case s != nil && s.External && e.Workload == nil:
		// An external host is in no cluster, whichever reads its ServiceEntry, and in no place of
		// the fleet unless it says so.
		if !e.Locality.IsZero() {
			answer = b.place("", e.Locality, e.ZoneUnknown)
		}
	default:
		answer = b.place(e.Cluster, e.Locality, e.ZoneUnknown)
		if answer == maybe && e.Workload != nil && e.Locality.Region == "" && b.holds(e.Cluster) {
			answer = yes
		}
	}
	if e.Gateway != nil {
		answer = b.place(e.Gateway.Cluster, e.Gateway.Locality, e.Gateway.Locality.Zone == "")
		if answer == maybe { // an address is spread over its zones by the load balancer in front
			answer = no
		}
	}
	if answer == yes || b.bad(e) {
		return yes
	}
	if !b.inside {
		return answer
	}
	for i := range b.parts {
		p := &b.parts[i]
		switch p.Target {
		case Service:
			if e.Gateway == nil && (s != nil && matchesService(s, p.Value) || addressed != nil && addressed.Mirror && matchesService(addressed, p.Value)) {
				return yes // a mirror has no pods but those that it stands for
			}
		case Workload:
			if e.Workload != nil && e.Workload.ID == p.Value {
				return yes
			}
		case Endpoint:
			if e.Address == p.Value || e.Name == p.Value {
				return yes
			}
		case Gateway:
			if e.Gateway != nil && e.Gateway.ID == p.Value {
				return yes
			}
			if w := e.Workload; w != nil && e.Gateway == nil && gatewayOf(b.graph, p.Value, w) {
				return yes
			}
		}
	}
	return answer
}

func gatewayOf(g *mesh.Graph, id string, w *mesh.Workload) bool {
	for _, gw := range g.Gateways {
		if gw.ID == id {
			return slices.Contains(gw.Workloads, w)
		}
	}
	return false
}

func matchesService(s *mesh.Service, value string) bool {
	return string(s.ID) == value || slices.Contains(s.Hosts, value)
}

// client tells whether a class of callers is inside; such clients are left out of the row.
func (b *Blast) client(c *mesh.Client) bool {
	if at := b.place(c.Cluster, c.Locality, false); at == yes || c.Locality.Region == "" && b.holds(c.Cluster) {
		return true
	}
	for _, w := range c.Workloads {
		if !slices.ContainsFunc(b.parts, func(p part) bool { return p.Target == Workload && p.Value == w.ID }) {
			return false
		}
	}
	return len(c.Workloads) > 0
}

// infrastructure reports whether the scenario takes places down (with kubelets and nodes), and
// not single programs.
func (b *Blast) infrastructure() bool {
	for i := range b.parts {
		switch b.parts[i].Target {
		case Region, Zone, Cluster, Datacenter:
			return true
		}
	}
	return false
}

// reaches reports whether the scenario can change anything for callers of a service: it fails
// one of its endpoints, or a gateway into a network in which it has some.
func (b *Blast) reaches(s *mesh.Service) bool {
	if len(b.parts) == 1 && b.parts[0].Target == Service {
		return matchesService(s, b.parts[0].Value) || slices.ContainsFunc(s.Endpoints, func(e *mesh.Endpoint) bool {
			return e.Service != nil && matchesService(e.Service, b.parts[0].Value)
		})
	}
	for _, e := range s.Endpoints {
		if b.touchesEndpoint(s, e) {
			return true
		}
		for i := range b.gateways {
			if e.Network == b.gateways[i].Network {
				return true
			}
		}
	}
	return false
}

// touches reports whether the scenario can reach any endpoint of a pool, or a gateway or
// endpoint behind it.
func (b *Blast) touches(p *mesh.Pool) bool {
	for i := range p.Targets {
		for _, e := range p.Targets[i].Endpoints {
			if b.touchesEndpoint(p.Service, e) {
				return true
			}
		}
	}
	return false
}

func (b *Blast) touchesEndpoint(s *mesh.Service, e *mesh.Endpoint) bool {
	if b.endpoint(s, e) != no {
		return true
	}
	for _, behind := range e.Behind {
		if b.endpoint(s, behind) != no {
			return true
		}
	}
	return slices.ContainsFunc(e.Onward, b.gateway)
}
