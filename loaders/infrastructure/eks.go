package infrastructure

import (
	"slices"
)

var eksTypes = []string{"aws_eks_cluster", "data.aws_eks_cluster"}

// eksCluster reads aws_eks_cluster and data.aws_eks_cluster. Its zones are those of its node groups, else those of its own subnets.
func eksCluster(b *builder, r *Resource) {
	c := &Cluster{ID: r.id(), Name: r.shown("name"), Region: r.region(), Origin: r.here()}
	c.Zones = b.zonesOf(r, [][]any{{"vpc_config", "subnet_ids"}}, "")
	b.clusters[r] = c
	b.out.Clusters = append(b.out.Clusters, c)
}

// eksNodeGroup reads aws_eks_node_group: the nodes stand in its subnets.
func eksNodeGroup(b *builder, r *Resource) {
	b.afterwards(func() {
		to := b.link(r.Leaf("cluster_name"), eksTypes...)
		if to == nil || b.clusters[to] == nil {
			return
		}
		if b.nodes == nil {
			b.nodes = map[*Cluster]*placement{}
		}
		c := b.clusters[to]
		if b.nodes[c] == nil {
			b.nodes[c] = &placement{}
			b.afterwards(func() { b.nodes[c].settle(c) })
		}
		zones := b.zonesOf(r, [][]any{{"subnet_ids"}}, "")
		b.nodes[c].zones = append(b.nodes[c].zones, zones...)
		b.nodes[c].unknown = b.nodes[c].unknown || len(zones) == 0
	})
}

// placement is where the node groups of a cluster stand.
type placement struct {
	zones   []string
	unknown bool
}

func (p *placement) settle(c *Cluster) {
	if c.Zones = nil; !p.unknown {
		slices.Sort(p.zones)
		c.Zones = slices.Compact(p.zones)
	}
}
