package failover

import (
	"maps"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// site is one of the endpoints that stand alike: the loss of a place takes all of them, or none.
type site struct {
	service  *mesh.Service
	endpoint *mesh.Endpoint
}

// siteKey is what the loss of a place looks at in an endpoint.
type siteKey struct {
	cluster     string
	locality    mesh.Locality
	zoneUnknown bool
	workload    bool
	external    bool
}

// sitesOf are the places in which endpoints of a graph stand.
func sitesOf(g *mesh.Graph) []site {
	var list []site
	seen := map[siteKey]bool{}
	var last siteKey
	for _, s := range g.Services {
		for _, e := range s.Endpoints {
			of := s
			if e.Service != nil {
				of = e.Service
			}
			k := siteKey{e.Cluster, e.Locality, e.ZoneUnknown, e.Workload != nil, of.External}
			if k == last || e.Gateway != nil || seen[k] {
				continue
			}
			seen[k], last = true, k
			list = append(list, site{s, e})
		}
	}
	return list
}

// takesTheSame reports whether two scenarios, each the loss of one place, take the same endpoints, gateways, callers
// and control planes: as that of a region and that of the only cluster in it do. What they are called is another
// matter, as is what checks from outside of the fleet make of them.
func (m *Model) takesTheSame(a, b *Blast) bool {
	if !a.onePlace() || !b.onePlace() || !maps.Equal(a.controls, b.controls) {
		return false
	}
	for _, gw := range m.graph.Gateways {
		if a.gateway(gw) != b.gateway(gw) || a.place(gw.Cluster, gw.Locality, gw.Locality.Zone == "") != b.place(gw.Cluster, gw.Locality, gw.Locality.Zone == "") {
			return false
		}
	}
	for _, s := range m.sites() {
		if a.endpoint(s.service, s.endpoint) != b.endpoint(s.service, s.endpoint) {
			return false
		}
	}
	return !slices.ContainsFunc(m.graph.Clients, func(c *mesh.Client) bool { return a.client(c) != b.client(c) })
}

// onePlace reports whether the scenario is the loss of one place and nothing else.
func (b *Blast) onePlace() bool { return len(b.parts) == 1 && b.placed && !b.inside }

// slotsOf gives each failure of places its slot in rows, and lists the first of each slot. Those that take the same
// have one. Only a region, its clusters and its zones are compared: there may be thousands of places.
func (m *Model) slotsOf(blasts []*Blast) (slots map[*Blast]int, firsts []*Blast) {
	slots = map[*Blast]int{}
	inRegion := map[string][]*Blast{}
	for _, b := range blasts {
		if b.named {
			continue
		}
		if _, known := slots[b]; known {
			continue
		}
		region := m.regionOf(b)
		same := slices.IndexFunc(inRegion[region], func(o *Blast) bool { return m.mayTakeTheSame(o, b) && m.takesTheSame(o, b) })
		if same >= 0 {
			slots[b] = slots[inRegion[region][same]]
			continue
		}
		if region != "" {
			inRegion[region] = append(inRegion[region], b)
		}
		slots[b] = len(firsts)
		firsts = append(firsts, b)
	}
	return slots, firsts
}

// regionOf is the region that the only place of a scenario is, or is in; "" if there is none.
func (m *Model) regionOf(b *Blast) string {
	if !b.onePlace() {
		return ""
	}
	switch p := &b.parts[0]; p.Target {
	case Region:
		return p.Value
	case Zone:
		return p.zone.Region
	default:
		if c := m.graph.Cluster(p.Value); c != nil {
			return c.Region
		}
	}
	return ""
}

// mayTakeTheSame reports whether two places of a region can be one: places of one sort never are, and a zone is a cluster where that has no other.
func (m *Model) mayTakeTheSame(a, b *Blast) bool {
	x, y := &a.parts[0], &b.parts[0]
	if x.Target == y.Target {
		return false
	}
	if y.Target == Zone {
		x, y = y, x
	}
	if x.Target != Zone || y.Target == Region {
		return true
	}
	c := m.graph.Cluster(y.Value)
	return c != nil && len(c.Zones) < 2
}
