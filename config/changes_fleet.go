package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// Predictions rest on what a config says of meshes, clusters and environments: nobody but people can tell whether another
// region is the right one. So what changes about those that the base has weakens, and what is new does not.

func joined(list []string) string { return strings.Join(slices.Sorted(slices.Values(list)), ", ") }

func (c *comparison) meshes() {
	was := map[string]bool{}
	for _, k := range c.base.Clusters {
		was[k.Name] = true
	}
	for i := range c.base.Meshes {
		b := &c.base.Meshes[i]
		k := slices.IndexFunc(c.head.Meshes, func(m Mesh) bool { return m.Name == b.Name })
		if k < 0 {
			c.tell(KindMesh, Removed, true, b.Position, mesh.Position{}, "Mesh %s is gone.", b.Name)
			continue
		}
		c.mesh(b, &c.head.Meshes[k], was)
	}
	for i := range c.head.Meshes {
		h := &c.head.Meshes[i]
		if slices.ContainsFunc(c.base.Meshes, func(m Mesh) bool { return m.Name == h.Name }) {
			continue
		}
		takes := slices.ContainsFunc(h.Clusters, func(name string) bool { return was[name] })
		c.tell(KindMesh, Added, takes, mesh.Position{}, h.Position, "Mesh %s (%s) is declared now, with the clusters %s.", h.Name, h.Kind, joined(h.Clusters))
	}
}

func (c *comparison) mesh(b, h *Mesh, was map[string]bool) {
	is := func(what, before, after string) {
		c.value(KindMesh, "The "+what+" of mesh "+h.Name, before, after, true, b.Position, h.Position)
	}
	is("kind", string(b.Kind), string(h.Kind))
	is("version", b.Version, h.Version)
	is("trust domain", b.TrustDomain, h.TrustDomain)
	is("configuration cluster", b.ConfigCluster, h.ConfigCluster)
	is("edition", b.Edition, h.Edition)
	is("root namespace", b.RootNamespace, h.RootNamespace)
	is("cluster domain", b.ClusterDomain, h.ClusterDomain)
	is("kind of clients", b.Client, h.Client)
	if !slices.Equal(b.From, h.From) {
		c.tell(KindMesh, Changed, len(lacking(b.From, h.From)) > 0, b.Position, h.Position, "Callers of mesh %s are in %s now.", h.Name, joined(h.From))
	}
	if less := lacking(b.Clusters, h.Clusters); len(less) > 0 {
		c.tell(KindMesh, Changed, true, b.Position, h.Position, "Mesh %s no longer has the clusters %s.", h.Name, joined(less))
	}
	if more := lacking(h.Clusters, b.Clusters); len(more) > 0 {
		takes := slices.ContainsFunc(more, func(name string) bool { return was[name] })
		c.tell(KindMesh, Changed, takes, b.Position, h.Position, "Mesh %s has the clusters %s now.", h.Name, joined(more))
	}
	peers := func(m *Mesh) (list []string) {
		for _, p := range m.Peers {
			list = append(list, p.Name+" ("+p.Cluster+", to which it is "+p.As+")")
		}
		return list
	}
	if before, after := peers(b), peers(h); len(lacking(before, after))+len(lacking(after, before)) > 0 {
		is("list of peers", joined(before), joined(after))
	}
}

// key is the same for sources that read the same in the same way.
func (s *Source) key() string {
	values := make([]string, len(s.Values))
	for i := range s.Values {
		values[i] = path.Clean(s.Values[i])
	}
	set, err := json.Marshal(plainNumber(s.Set))
	if err != nil || len(s.Set) == 0 {
		set = nil
	}
	return strings.Join([]string{s.what(), strings.Join(values, "\x00"), string(set), s.Namespace, s.Release}, "\x01")
}

// place is the file or folder that a source reads.
func (s *Source) place() string { return path.Clean(s.Path + s.Kustomize + s.Helm) }

// what is the source in words.
func (s *Source) what() string {
	switch {
	case s.Kustomize != "":
		return "the kustomization " + s.place()
	case s.Helm != "":
		return "the chart " + s.place()
	}
	return s.place()
}

func (c *comparison) clusters() {
	for i := range c.base.Clusters {
		b := &c.base.Clusters[i]
		k := slices.IndexFunc(c.head.Clusters, func(k Cluster) bool { return k.Name == b.Name })
		if k < 0 {
			c.tell(KindCluster, Removed, true, b.Position, mesh.Position{}, "Cluster %s is gone, and nothing of it is read.", b.Name)
			continue
		}
		c.cluster(b, &c.head.Clusters[k])
	}
	for i := range c.head.Clusters {
		h := &c.head.Clusters[i]
		if slices.ContainsFunc(c.base.Clusters, func(k Cluster) bool { return k.Name == h.Name }) {
			continue
		}
		// One that reads only what others read makes two copies of what is one.
		copies := len(h.Sources) > 0 && !slices.ContainsFunc(h.Sources, func(s Source) bool { return c.readBy(&s, h.Name) == "" })
		what := ""
		if copies {
			what = ", and reads only what other clusters read"
		}
		c.tell(KindCluster, Added, copies, mesh.Position{}, h.Position, "Cluster %s (region %s) is declared now%s.", h.Name, orUntold(h.Region), what)
	}
}

func orUntold(s string) string {
	if s == "" {
		return "not told"
	}
	return s
}

// readBy is another cluster of the base that reads a part of a source, or "".
func (c *comparison) readBy(s *Source, besides string) string {
	within := func(inner, outer string) bool {
		return inner == outer || outer == "." || strings.HasPrefix(inner, outer+"/")
	}
	for i := range c.base.Clusters {
		k := &c.base.Clusters[i]
		if k.Name != besides && slices.ContainsFunc(k.Sources, func(other Source) bool {
			return within(s.place(), other.place()) || within(other.place(), s.place())
		}) {
			return k.Name
		}
	}
	return ""
}

func (c *comparison) cluster(b, h *Cluster) {
	is := func(what, before, after string) {
		c.value(KindCluster, "The "+what+" of cluster "+h.Name, before, after, true, b.Position, h.Position)
	}
	is("region", b.Region, h.Region)
	is("network", b.Network, h.Network)
	is("configuration cluster", b.ConfigCluster, h.ConfigCluster)
	if len(lacking(b.Zones, h.Zones))+len(lacking(h.Zones, b.Zones)) > 0 {
		is("list of zones", joined(b.Zones), joined(h.Zones))
	}
	index := func(list []Source) map[string]*Source {
		m := map[string]*Source{}
		for i := range list {
			m[list[i].key()] = &list[i]
		}
		return m
	}
	before, after := index(b.Sources), index(h.Sources)
	told := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(before)) {
		s := before[key]
		if after[key] != nil {
			continue
		}
		again := ""
		for _, other := range slices.Sorted(maps.Keys(after)) {
			if before[other] == nil && after[other].what() == s.what() && !told[other] {
				again = other
				break
			}
		}
		if again != "" {
			told[again] = true
			c.tell(KindCluster, Changed, true, s.Position, after[again].Position, "Cluster %s reads %s with other values, another namespace or another release.", h.Name, s.what())
			continue
		}
		c.tell(KindCluster, Changed, true, s.Position, h.Position, "Cluster %s no longer reads %s.", h.Name, s.what())
	}
	for _, key := range slices.Sorted(maps.Keys(after)) {
		s := after[key]
		if before[key] != nil || told[key] {
			continue
		}
		what := ""
		other := c.readBy(s, h.Name)
		if other != "" {
			what = ", as " + other + " does"
		}
		c.tell(KindCluster, Changed, other != "", b.Position, s.Position, "Cluster %s reads %s now%s.", h.Name, s.what(), what)
	}
}

func (c *comparison) environments() {
	for _, name := range slices.Sorted(maps.Keys(c.base.Environments)) {
		b := c.base.Environments[name]
		h, ok := c.head.Environments[name]
		if !ok {
			c.tell(KindEnvironment, Removed, true, b.Position, mesh.Position{}, "Environment %s is gone.", name)
			continue
		}
		is := func(what, before, after string) {
			c.value(KindEnvironment, fmt.Sprintf("The %s of environment %s", what, name), before, after, true, b.Position, h.Position)
		}
		is("root module", cleaned(b.Terraform), cleaned(h.Terraform))
		is("list of variable files", ordered(b.VarFiles), ordered(h.VarFiles))
		is("plan", cleaned(b.Plan), cleaned(h.Plan))
		is("state", cleaned(b.State), cleaned(h.State))
		if len(lacking(b.Clusters, h.Clusters))+len(lacking(h.Clusters, b.Clusters)) > 0 {
			is("list of clusters", joined(b.Clusters), joined(h.Clusters))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.head.Environments)) {
		if _, ok := c.base.Environments[name]; !ok {
			c.tell(KindEnvironment, Added, false, mesh.Position{}, c.head.Environments[name].Position, "Environment %s is declared now.", name)
		}
	}
}

func cleaned(p string) string {
	if p == "" {
		return ""
	}
	return path.Clean(p)
}

// ordered joins files of which later ones have the last word.
func ordered(files []string) string {
	list := make([]string, len(files))
	for i := range files {
		list[i] = path.Clean(files[i])
	}
	return strings.Join(list, ", ")
}
