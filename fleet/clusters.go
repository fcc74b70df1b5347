package fleet

import (
	"slices"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// DefaultIstioVersion is taken where nobody says which Istio runs.
const DefaultIstioVersion = "1.31"

// declareClusters lists the config's clusters, and one for documents that belong to none of
// them.
func (f *Fleet) declareClusters() []*mesh.Cluster {
	var list []*mesh.Cluster
	seen := map[string]bool{}
	if f.Config != nil {
		for i := range f.Config.Clusters {
			c := &f.Config.Clusters[i]
			list = append(list, &mesh.Cluster{Name: c.Name, Region: c.Region, Zones: slices.Clone(c.Zones), Network: c.Network,
				ConfigCluster: configCluster(f.Config, c), Origin: mesh.Origin{In: &located{c.Position}}})
			seen[c.Name] = true
		}
	}
	for name := range f.docs {
		if !seen[name] {
			list = append(list, &mesh.Cluster{Name: name, ConfigCluster: name})
		}
	}
	slices.SortFunc(list, func(a, b *mesh.Cluster) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	meshOf := map[string]string{}
	if f.Config != nil {
		for _, m := range f.Config.Meshes {
			for _, c := range m.Clusters {
				meshOf[c] = m.Name
			}
			if len(m.Clusters) == 0 {
				for _, c := range list {
					meshOf[c.Name] = m.Name
				}
			}
		}
	}
	for _, c := range list {
		c.Mesh = meshOf[c.Name]
		if c.Mesh == "" {
			c.Mesh = "mesh"
		}
	}
	return list
}

// configCluster is the cluster whose mesh objects the clients in c obey.
func configCluster(cfg *config.Config, c *config.Cluster) string {
	for i := range cfg.Meshes {
		m := &cfg.Meshes[i]
		if len(m.Clusters) == 0 || slices.Contains(m.Clusters, c.Name) {
			return m.ConfigClusterOf(c)
		}
	}
	if c.ConfigCluster != "" {
		return c.ConfigCluster
	}
	return c.Name
}

// declareMeshes lists the config's meshes, and one for clusters that belong to none.
func (f *Fleet) declareMeshes() []*mesh.Mesh {
	byName := map[string]*mesh.Mesh{}
	var list []*mesh.Mesh
	if f.Config != nil {
		for i := range f.Config.Meshes {
			m := &f.Config.Meshes[i]
			if m.Kind != "" && m.Kind != mesh.Istio {
				continue
			}
			nm := &mesh.Mesh{Name: m.Name, Kind: mesh.Istio, Version: m.Version, TrustDomain: m.TrustDomain,
				RootNamespace: m.RootNamespace, Origin: mesh.Origin{In: &located{m.Position}}}
			byName[m.Name] = nm
			list = append(list, nm)
		}
	}
	for _, c := range f.clusters {
		if byName[c.Mesh] == nil {
			byName[c.Mesh] = &mesh.Mesh{Name: c.Mesh, Kind: mesh.Istio}
			list = append(list, byName[c.Mesh])
		}
		byName[c.Mesh].Clusters = append(byName[c.Mesh].Clusters, c.Name)
	}
	for _, m := range list {
		if m.Version == "" {
			m.Version, m.Assumed = DefaultIstioVersion, true
		}
		if m.RootNamespace == "" {
			m.RootNamespace = "istio-system"
		}
	}
	return list
}

// otherTrustDomains are the trust domains that the config declares for other meshes than m, of
// whatever kind; "" for a mesh that declares none.
func (f *Fleet) otherTrustDomains(m *mesh.Mesh) []string {
	if f.Config == nil {
		return nil
	}
	var out []string
	for i := range f.Config.Meshes {
		if other := &f.Config.Meshes[i]; other.Name != m.Name {
			out = append(out, other.TrustDomain)
		}
	}
	return out
}

// complete fills in what the inputs themselves say about a cluster and the config does not: its
// region and zones from Nodes, its network from the label on istio-system.
func complete(c *mesh.Cluster, inv *kubernetes.Inventory) {
	regions := map[string]bool{}
	zones := map[string]bool{}
	for _, n := range inv.Nodes {
		if n.Locality.Region != "" {
			regions[n.Locality.Region] = true
		}
		if n.Locality.Zone != "" {
			zones[n.Locality.Zone] = true
		}
	}
	if c.Region == "" && len(regions) == 1 {
		for r := range regions {
			c.Region = r
		}
	}
	if len(c.Zones) == 0 && len(regions) <= 1 {
		for z := range zones {
			c.Zones = append(c.Zones, z)
		}
		slices.Sort(c.Zones)
	}
	if c.Network == "" {
		if ns := inv.Namespaces["istio-system"]; ns != nil {
			c.Network = ns.Labels["topology.istio.io/network"]
		}
	}
}

// located is a Locator that always answers with one place.
type located struct{ mesh.Position }

// Locate returns the place, whatever the path.
func (l *located) Locate(string) mesh.Position { return l.Position }
