package failover

import (
	"maps"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// Untiered is a failover list that orders nothing although endpoints are ejected: the only outlier detection in effect is
// the mesh's default, which makes no tiers.
type Untiered struct {
	Service *mesh.Service
	Pool    *mesh.Pool
	Client  *mesh.Client // that would have tiers, and has one flat pool
	Tiers   *mesh.LocalityTiers
	Default mesh.Origin // of the mesh's outlier detection
	Places  []string    // over which requests spread, sorted: regions, or clusters where all are of one region
}

// FindUntiered finds these for all services with DR intent, one for each list and service: what a caller of such a list
// shows, in the order of the graph.
// Istio: EndpointBuilder asks the DestinationRule alone; vector mesh-default-outlier-with-dr-failover.
func (m *Model) FindUntiered() []*Untiered {
	var list []*Untiered
	for _, s := range m.graph.Services {
		if !HasIntent(s) {
			continue
		}
		var told map[mesh.Origin]bool
		for _, c := range m.callersOf(s) {
			if c.view == nil || !slices.ContainsFunc(c.view.Pools, orderless) || refused(s, c.Client) {
				continue
			}
			for _, p := range c.view.Pools {
				u := untiered(p, c.Client)
				if u != nil && !told[u.Tiers.Origin] {
					if told == nil {
						told = map[mesh.Origin]bool{}
					}
					told[u.Tiers.Origin] = true
					u.Service = s
					list = append(list, u)
				}
			}
		}
	}
	return list
}

// refused reports whether the policies of all endpoints of a service refuse a client.
func refused(s *mesh.Service, c *mesh.Client) bool {
	verdicts := admitted(s, c)
	return verdicts != "" && strings.Trim(verdicts, string(rune('0'+mesh.Denied))) == ""
}

// orderless reports whether a pool has a list that orders nothing.
func orderless(p *mesh.Pool) bool {
	t, _ := untieredList(p)
	return t != nil
}

// untieredList returns the setting with the list that would order a pool, and the loss of tiers to the mesh's default; nil
// if there is no such list or no such loss.
func untieredList(p *mesh.Pool) (*mesh.LocalityTiers, mesh.Loss) {
	t, ok := p.Tiering.(*mesh.LocalityTiers)
	if !ok || t.On || len(t.Failover)+len(t.FailoverPriority) == 0 {
		return nil, mesh.Loss{}
	}
	for _, l := range p.Losses {
		if l.Kind == mesh.LossMeshDefault {
			return t, l
		}
	}
	return nil, mesh.Loss{}
}

// untiered returns what a pool shows to one client, or nil if the list would make one tier anyway.
func untiered(p *mesh.Pool, c *mesh.Client) *Untiered {
	t, l := untieredList(p)
	if t == nil {
		return nil
	}
	on := *t
	on.On = true
	tiers := on.Arrange(c, p).Tiers
	if len(tiers) < 2 {
		return nil
	}
	regions, clusters := map[string]bool{}, map[string]bool{}
	for _, tier := range tiers {
		for _, group := range tier.Groups {
			for _, e := range group.Endpoints {
				regions[e.Locality.Region] = true
				clusters[e.Cluster] = true
			}
		}
	}
	u := &Untiered{Pool: p, Client: c, Tiers: t, Default: l.Origin, Places: slices.Sorted(maps.Keys(regions))}
	if len(u.Places) < 2 || regions[""] {
		u.Places = slices.Sorted(maps.Keys(clusters))
	}
	return u
}
