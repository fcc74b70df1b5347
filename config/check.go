package config

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/mesh"
)

// reference is a place that names a cluster.
type reference struct {
	cluster string
	at      mesh.Position
}

// clusterRef reads the name of a cluster that is declared elsewhere in the config.
func clusterRef(s *string) reader {
	return func(d *decoder, n *yaml.Node, at string) {
		text(s, name)(d, n, at)
		if *s != "" {
			d.references = append(d.references, reference{*s, d.position(n, at)})
		}
	}
}

// survive reads a failure; one that names a cluster refers to it.
func survive(s *string) reader {
	return func(d *decoder, n *yaml.Node, at string) {
		word(s, failure)(d, n, at)
		for part := range strings.SplitSeq(*s, "+") {
			place, ok := strings.CutPrefix(part, "cluster=")
			if cluster, err := url.PathUnescape(place); ok && err == nil {
				d.references = append(d.references, reference{cluster, d.position(n, at)})
			}
		}
	}
}

// check reports values that are right alone and wrong together, and fills in what a config means where it says nothing.
func (d *decoder) check() {
	c := d.config
	var declared []string
	clusters, meshes := names{}, names{}
	for i := range c.Clusters {
		k := &c.Clusters[i]
		if d.unique(clusters, "cluster", k.Name, k.Position) {
			declared = append(declared, k.Name)
		}
		if len(k.Zones) > 0 && !c.has(k.Position.Path+"/region") {
			d.report(c.Locate(k.Position.Path+"/zones"), "a zone belongs to a region, add the region of the cluster")
		}
	}
	for i := range c.Meshes {
		m := &c.Meshes[i]
		d.unique(meshes, "mesh", m.Name, m.Position)
		d.completeMesh(m, declared)
	}
	for _, r := range d.references {
		switch {
		case slices.Contains(declared, r.cluster):
		case len(declared) == 0:
			d.report(r.at, "the config declares no clusters, add %s under clusters", r.cluster)
		default:
			d.report(r.at, "%v", unknown("cluster", r.cluster, declared, ""))
		}
	}
}

// names are those taken so far, with where.
type names map[string]mesh.Position

// unique reports a name that is taken, and whether it is a new one.
func (d *decoder) unique(taken names, what, name string, element mesh.Position) bool {
	if name == "" {
		return false
	}
	here := d.config.Locate(element.Path + "/name")
	if first, again := taken[name]; again {
		d.report(here, "there is a %s %s already, on line %d", what, name, first.Line)
		return false
	}
	taken[name] = here
	return true
}

func (d *decoder) completeMesh(m *Mesh, declared []string) {
	c, at := d.config, m.Position.Path
	switch {
	case m.Kind == mesh.Istio:
		m.RootNamespace = cmp.Or(m.RootNamespace, "istio-system")
	case m.Kind != "" && m.RootNamespace != "":
		d.report(c.Locate(at+"/rootNamespace"), "only Istio has a root namespace, remove it or set kind to istio")
	}
	if m.Kind != "" && m.Kind != mesh.Consul && len(m.Peers) > 0 {
		d.report(c.Locate(at+"/peers"), "only Consul has peers, remove them or set kind to consul")
	}
	if m.Kind != "" && m.Kind != mesh.XDS {
		for _, key := range []string{"client", "from"} {
			if c.has(at + "/" + key) {
				d.report(c.Locate(at+"/"+key), "only a mesh of kind xds has %s, remove it or set kind to xds", key)
			}
		}
	}
	for i := range m.Peers {
		m.Peers[i].As = cmp.Or(m.Peers[i].As, m.Name)
	}
	m.ClusterDomain = cmp.Or(m.ClusterDomain, "cluster.local")
	switch {
	case c.has(at + "/clusters"):
	case len(c.Meshes) == 1:
		m.Clusters = slices.Clone(declared)
	case len(declared) > 0 && !m.Position.IsZero():
		d.report(m.Position, "clusters is missing: with several meshes each names its own")
	}
}

// checkSource reports a source that is not exactly one thing.
func (d *decoder) checkSource(s *Source, at string) {
	c := d.config
	var kinds []string
	for _, kind := range sourceKinds {
		if c.has(at + "/" + kind) {
			kinds = append(kinds, kind)
		}
	}
	switch len(kinds) {
	case 0:
		d.report(s.Position, "want one of %s", strings.Join(sourceKinds, ", "))
		return
	case 1:
	default:
		d.report(s.Position, "%s are %d sources, list each as an entry of its own", strings.Join(kinds, " and "), len(kinds))
	}
	for _, key := range []string{"values", "set", "namespace", "release"} {
		if c.has(at+"/"+key) && !slices.Contains(kinds, "helm") {
			d.report(c.Locate(at+"/"+key), "only a helm source has this")
		}
	}
}

var sourceKinds = []string{"path", "kustomize", "helm"}

// has reports whether the config has a value at a JSON pointer.
func (c *Config) has(path string) bool {
	_, ok := c.positions[path]
	return ok
}
