package fleet

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// DefaultIstioVersion is taken where nobody says which Istio runs.
const DefaultIstioVersion = "1.31"

// assumedVersions are those that muster knows best of each kind of mesh, taken where nobody says which runs.
var assumedVersions = map[mesh.Kind]string{mesh.Istio: DefaultIstioVersion, mesh.Linkerd: "2.20", mesh.Consul: "1.22"}

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
	for _, name := range slices.Concat(slices.Collect(maps.Keys(f.docs)), slices.Collect(maps.Keys(f.consul)), slices.Collect(maps.Keys(f.xds))) {
		if !seen[name] {
			list = append(list, &mesh.Cluster{Name: name, ConfigCluster: name})
			seen[name] = true
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
			nm := &mesh.Mesh{Name: m.Name, Kind: m.Kind, Version: m.Version, TrustDomain: m.TrustDomain, Enterprise: m.Edition == "enterprise",
				RootNamespace: m.RootNamespace, Origin: mesh.Origin{In: &located{m.Position}}}
			byName[m.Name] = nm
			list = append(list, nm)
		}
	}
	for _, c := range f.clusters {
		if byName[c.Mesh] == nil {
			byName[c.Mesh] = &mesh.Mesh{Name: c.Mesh}
			list = append(list, byName[c.Mesh])
		}
		byName[c.Mesh].Clusters = append(byName[c.Mesh].Clusters, c.Name)
	}
	for _, m := range list {
		if m.Kind == "" {
			m.Kind = f.kindOf(m.Clusters)
		}
		if m.Version == "" {
			m.Version, m.Assumed = assumedVersions[m.Kind], true
		}
		if m.Kind == mesh.Istio && m.RootNamespace == "" {
			m.RootNamespace = "istio-system"
		}
	}
	return list
}

// kindOf is the kind of a mesh that nobody declares: what its clusters' objects are of, else what their annotations ask for. Where
// they are of several kinds, it is Istio's if any is, and the others are told as not understood.
func (f *Fleet) kindOf(clusters []string) mesh.Kind {
	seen := map[mesh.Kind]bool{}
	for _, c := range clusters {
		for _, d := range f.docs[c] {
			seen[kindOfDocument(d)] = true
		}
		seen[mesh.Consul] = seen[mesh.Consul] || len(f.consul[c]) > 0
	}
	for _, kind := range []mesh.Kind{mesh.Istio, mesh.Linkerd, mesh.Consul} {
		if seen[kind] {
			return kind
		}
	}
	for _, c := range clusters {
		for _, d := range f.docs[c] {
			for _, asks := range injections {
				if bytes.Contains(d.JSON, asks.by) {
					return asks.kind
				}
			}
		}
	}
	return mesh.Istio
}

// injections are the annotations and labels that ask for a proxy.
var injections = []struct {
	by   []byte
	kind mesh.Kind
}{
	{[]byte(`"istio-injection"`), mesh.Istio}, {[]byte(`"istio.io/rev"`), mesh.Istio}, {[]byte(`"sidecar.istio.io/inject"`), mesh.Istio},
	{[]byte(`"linkerd.io/inject"`), mesh.Linkerd}, {[]byte(`"consul.hashicorp.com/connect-inject"`), mesh.Consul},
}

// kindOfDocument is the kind of mesh that an object can only belong to; "" if it says nothing.
func kindOfDocument(d *source.Document) mesh.Kind {
	switch group, _, _ := strings.Cut(d.APIVersion, "/"); {
	case strings.HasSuffix(group, ".istio.io"):
		return mesh.Istio
	case group == "linkerd.io" || strings.HasSuffix(group, ".linkerd.io"):
		return mesh.Linkerd
	case group == "consul.hashicorp.com":
		return mesh.Consul
	}
	return ""
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
