package infrastructure

import "github.com/passmuster/muster/mesh"

// hcpConsul reads hcp_consul_cluster: a datacenter in the region of its network (hcp_hvn.region).
func hcpConsul(b *builder, r *Resource) {
	c := &Cluster{ID: r.id(), Name: r.text("datacenter"), Region: mesh.UnknownOf[string]("its network is not in the inputs", r.here()), Origin: r.here()}
	if c.Name.State == mesh.Absent {
		c.Name = r.text("cluster_id")
	}
	if hvn := b.whole(r.Leaf("hvn_id"), "hcp_hvn"); hvn != nil && !nothing(hvn.Leaf("region")) {
		c.Region = hvn.text("region")
	}
	b.out.Clusters = append(b.out.Clusters, c)
}
