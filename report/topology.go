package report

import (
	"cmp"
	"iter"
	"slices"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Topology is where services run and where their requests may go: what a picture of the fleet needs beside services and
// cells. The graph of `muster graph` has more.
type Topology struct {
	Clusters     []TopologyCluster    `json:"clusters"`
	Gateways     []TopologyGateway    `json:"gateways"`
	Dependencies []TopologyDependency `json:"dependencies"`
	Failover     []TopologyFailover   `json:"failover"`
	External     []string             `json:"external"` // ids of services that run outside of the meshes
}

// TopologyCluster is a failure domain with a control plane of its own.
type TopologyCluster struct {
	Name    string   `json:"name"`
	Mesh    string   `json:"mesh"`
	Region  string   `json:"region"` // "" if not known
	Zones   []string `json:"zones"`
	Network string   `json:"network"`
}

// TopologyGateway is a proxy at the edge of a network.
type TopologyGateway struct {
	ID      string `json:"id"` // cluster/namespace/name
	Cluster string `json:"cluster"`
	Role    string `json:"role"`
}

// TopologyDependency is a call of one service by another.
type TopologyDependency struct {
	From   string `json:"from"`
	To     string `json:"to"`
	Strong bool   `json:"strong"` // false: only a name that was found in an environment
}

// TopologyFailover is the order in which callers in one cluster use the clusters of a service, by configuration: what the
// tiers of their proxies say while nothing fails. Whether it helps in a failure is what cells tell.
type TopologyFailover struct {
	Service string `json:"service"`
	From    string `json:"from"` // cluster of the callers; "" = they are in none
	// Tiers are clusters: those of the first tier get the requests of a normal day. A cluster stands in the first tier in which
	// it has endpoints; "" is what runs in no cluster. Endpoints that the callers cannot reach are left out.
	Tiers [][]string `json:"tiers"`
}

// TopologyOf draws what a report shows of a fleet.
func TopologyOf(g *mesh.Graph, m *failover.Model) *Topology {
	t := &Topology{Clusters: []TopologyCluster{}, Gateways: []TopologyGateway{}, Dependencies: []TopologyDependency{}, Failover: []TopologyFailover{}, External: []string{}}
	for _, c := range g.Clusters {
		t.Clusters = append(t.Clusters, TopologyCluster{c.Name, c.Mesh, c.Region, list(c.Zones), c.Network})
	}
	for _, gw := range g.Gateways {
		t.Gateways = append(t.Gateways, TopologyGateway{gw.ID, gw.Cluster, string(gw.Role)})
	}
	seen := map[TopologyDependency]bool{}
	for _, d := range g.Dependencies {
		one := TopologyDependency{string(d.From), string(d.To), d.Strong}
		if one.From != "" && !seen[one] {
			seen[one] = true
			t.Dependencies = append(t.Dependencies, one)
		}
	}
	for _, s := range g.Services {
		if s.External {
			t.External = append(t.External, string(s.ID))
		}
		t.Failover = append(t.Failover, failoverOf(s, m.Usual(s))...)
	}
	return t
}

// failoverOf lists the different orders that callers of a service follow, by the cluster that they are in.
func failoverOf(s *mesh.Service, usual failover.Usual) []TopologyFailover {
	var out []TopologyFailover
	for _, use := range usual.Uses {
		one := TopologyFailover{Service: string(s.ID), From: use.Client.Cluster, Tiers: clusterTiers(use)}
		if len(one.Tiers) == 0 || slices.ContainsFunc(out, func(o TopologyFailover) bool { return same(o, one) }) {
			continue
		}
		out = append(out, one)
	}
	slices.SortStableFunc(out, func(a, b TopologyFailover) int { return cmp.Compare(a.From, b.From) })
	return out
}

func same(a, b TopologyFailover) bool {
	return a.From == b.From && slices.EqualFunc(a.Tiers, b.Tiers, slices.Equal[[]string])
}

// clusterTiers are the tiers of a pool as its callers hold it, by cluster: first what takes the requests, then what stands in
// later tiers, in the order of these.
func clusterTiers(use failover.Use) [][]string {
	seen := map[string]bool{}
	var tiers [][]string
	add := func(tier []string) {
		if len(tier) > 0 {
			slices.Sort(tier)
			tiers = append(tiers, tier)
		}
	}
	fresh := func(tier []string, e *mesh.Endpoint) []string {
		if seen[e.Cluster] {
			return tier
		}
		seen[e.Cluster] = true
		return append(tier, e.Cluster)
	}
	var first []string
	for _, e := range use.Taking {
		first = fresh(first, e)
	}
	add(first)
	waiting := make(map[*mesh.Endpoint]bool, len(use.Next))
	for _, e := range use.Next {
		waiting[e] = true
	}
	if len(waiting) == 0 {
		return tiers
	}
	for _, t := range use.Pool.Tiering.Arrange(use.Client, use.Pool).Tiers {
		var tier []string
		for _, g := range t.Groups {
			for _, e := range g.Endpoints {
				for _, behind := range append([]*mesh.Endpoint{e}, e.Behind...) {
					if waiting[behind] {
						tier = fresh(tier, behind)
					}
				}
			}
		}
		add(tier)
	}
	return tiers
}

// Topology is the picture of the fleet, or nil where nobody gave any. It is worked out when it is first asked for.
func (r *Report) Topology() *Topology {
	if r.topology == nil && r.topologyOf != nil {
		r.topology, r.topologyOf = r.topologyOf(), nil
	}
	return r.topology
}

// Unfinished is why Cells ended before the last cell, or nil.
func (r *Report) Unfinished() error { return r.unfinished }

// EachService yields the services with what they run, which Services alone does not hold.
func (r *Report) EachService() iter.Seq[Service] { return r.services() }
