package layouts

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/config"
)

// comparison holds a proposal against one right answer; see "How to compare" in testdata/layouts/README.md.
type comparison struct {
	tree      string
	w         *want
	want, got *config.Config
	names     map[string]string // of clusters: that of the proposal to that of the oracle
	list      []string
}

// differences is empty if a proposal is as right as init, else it tells what is not as in init.
func (w *want) differences(t *testing.T, tree string, proposal []byte) []string {
	t.Helper()
	var closest []string
	for i, n := range w.proposals() {
		text, err := yaml.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		c := &comparison{tree: tree, w: w, want: parse(t, text), got: parse(t, proposal), names: map[string]string{}}
		c.clusters()
		c.meshes()
		c.environments()
		if len(c.got.Objectives)+len(c.got.Rules)+len(c.got.Suppress) > 0 {
			c.differ("objectives, rules and suppressions are never proposed")
		}
		if len(c.list) == 0 {
			return nil
		}
		if i == 0 || len(c.list) < len(closest) {
			closest = c.list
		}
	}
	return closest
}

func parse(t *testing.T, text []byte) *config.Config {
	t.Helper()
	c, problems := config.Parse("muster.yaml", text)
	for _, p := range problems {
		t.Error(p.String())
	}
	return c
}

func (c *comparison) differ(format string, args ...any) {
	c.list = append(c.list, fmt.Sprintf(format, args...))
}

// says reports whether one of the selectors means the place, or something that it is a part of.
func says(selectors []string, place string) bool {
	at := stepForm.FindAllStringSubmatch(place, -1)
	return slices.ContainsFunc(selectors, func(s string) bool {
		steps := stepForm.FindAllStringSubmatch(s, -1)
		if len(steps) > len(at) {
			return false
		}
		for i, step := range steps {
			// The whole list is meant by its key alone.
			if step[1] != at[i][1] || step[2] != "*" && step[2] != at[i][2] && (step[2] != "" || i != len(steps)-1) {
				return false
			}
		}
		return true
	})
}

// value compares one value; want is "" for a key that the oracle does not have.
func (c *comparison) value(place, want, got string) {
	if want == got || says(c.w.Free, place) || got == "" && says(c.w.Optional, place) {
		return
	}
	c.differ("%s: got %q, want %q", place, got, want)
}

// values compares lists in which order says nothing.
func (c *comparison) values(place string, want, got []string) {
	want, got = slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(got))
	c.value(place, strings.Join(want, " "), strings.Join(got, " "))
}

func (c *comparison) clusters() {
	byName := !says(c.w.Free, "clusters[*].name")
	left := slices.Clone(c.got.Clusters)
	for _, want := range c.want.Clusters {
		i := slices.IndexFunc(left, func(got config.Cluster) bool {
			if byName {
				return got.Name == want.Name
			}
			sources := &comparison{tree: c.tree, w: c.w}
			sources.sources(want, got)
			return len(sources.list) == 0
		})
		if i < 0 {
			c.differ("no cluster %s", want.Name)
			continue
		}
		got := left[i]
		left = slices.Delete(left, i, i+1)
		c.names[got.Name] = want.Name
		at := "clusters[" + want.Name + "]"
		c.value(at+".region", want.Region, got.Region)
		c.values(at+".zones", want.Zones, got.Zones)
		c.value(at+".network", want.Network, got.Network)
		c.value(at+".configCluster", want.ConfigCluster, got.ConfigCluster)
		c.sources(want, got)
	}
	for _, got := range left {
		if !says(c.w.Free, "clusters["+got.Name+"]") {
			c.differ("cluster %s is not there", got.Name)
		}
	}
}

// sources compares plain paths by the manifests that they cover, and charts and kustomizations by their folders.
func (c *comparison) sources(want, got config.Cluster) {
	at := "clusters[" + want.Name + "].sources["
	keys := func(k config.Cluster) (files []string, rendered map[string]config.Source) {
		rendered = map[string]config.Source{}
		for _, s := range k.Sources {
			dir := path.Clean(s.Path + s.Kustomize + s.Helm)
			switch {
			case says(c.w.Free, at+dir+"]"):
			case s.Path != "":
				files = append(files, manifests(c.tree, dir)...)
			case s.Helm != "":
				rendered["chart "+dir] = s
			default:
				rendered["kustomization "+dir] = s
			}
		}
		slices.Sort(files)
		return slices.Compact(files), rendered
	}
	wantFiles, wanted := keys(want)
	gotFiles, rendered := keys(got)
	c.values(at+"*]", wantFiles, gotFiles)
	for key, s := range wanted {
		r, ok := rendered[key]
		if !ok {
			c.differ("clusters[%s]: no source %s", want.Name, key)
			continue
		}
		at := at + path.Clean(s.Helm+s.Kustomize) + "]"
		c.value(at+".values", strings.Join(cleanValues(s), " "), strings.Join(cleanValues(r), " "))
		c.value(at+".namespace", s.Namespace, r.Namespace)
		c.value(at+".release", s.Release, r.Release)
		c.value(at+".set", fmt.Sprint(s.Set), fmt.Sprint(r.Set))
	}
	for key := range rendered {
		if _, ok := wanted[key]; !ok {
			c.differ("clusters[%s]: source %s is not of it", want.Name, key)
		}
	}
}

// cleanValues leaves out the chart's own values, which need not be listed.
func cleanValues(s config.Source) []string {
	var list []string
	for i, v := range s.Values {
		if v = path.Clean(v); i > 0 || v != path.Join(s.Helm, "values.yaml") {
			list = append(list, v)
		}
	}
	return list
}

// manifests lists the files below a path that hold manifests.
func manifests(tree, name string) []string {
	var list []string
	// A path that is not there covers nothing, which is the difference that is told.
	_ = filepath.WalkDir(filepath.Join(tree, filepath.FromSlash(name)), func(p string, d fs.DirEntry, err error) error {
		if ext := path.Ext(p); err == nil && !d.IsDir() && (ext == ".yaml" || ext == ".yml" || ext == ".json") {
			list = append(list, strings.TrimPrefix(filepath.ToSlash(p), filepath.ToSlash(tree)+"/"))
		}
		return nil
	})
	return list
}

func (c *comparison) meshes() {
	if says(c.w.Free, "meshes") {
		return
	}
	byName := !says(c.w.Free, "meshes[*].name")
	left := slices.Clone(c.got.Meshes)
	for _, want := range c.want.Meshes {
		i := slices.IndexFunc(left, func(got config.Mesh) bool {
			return byName && got.Name == want.Name || !byName && slices.Equal(c.members(got), slices.Sorted(slices.Values(want.Clusters)))
		})
		if i < 0 {
			c.differ("no mesh %s of %v", want.Name, want.Clusters)
			continue
		}
		got := left[i]
		left = slices.Delete(left, i, i+1)
		at := "meshes[" + want.Name + "]"
		c.values(at+".clusters", want.Clusters, c.members(got))
		c.value(at+".kind", string(want.Kind), string(got.Kind))
		if got.Version == "" || !strings.HasPrefix(want.Version, got.Version+".") {
			c.value(at+".version", want.Version, got.Version)
		}
		c.value(at+".trustDomain", want.TrustDomain, got.TrustDomain)
		c.value(at+".configCluster", want.ConfigCluster, got.ConfigCluster)
		c.value(at+".edition", want.Edition, got.Edition)
		c.value(at+".rootNamespace", want.RootNamespace, got.RootNamespace)
		c.value(at+".clusterDomain", want.ClusterDomain, got.ClusterDomain)
	}
	for _, got := range left {
		if len(c.members(got)) > 0 {
			c.differ("mesh %s is not there", got.Name)
		}
	}
}

// members are the clusters of a proposed mesh by the names that the oracle has for them, without those that it does not know.
func (c *comparison) members(m config.Mesh) []string {
	var list []string
	for _, k := range c.got.Clusters {
		if name, ok := c.names[k.Name]; ok && (slices.Contains(m.Clusters, k.Name) || len(m.Clusters) == 0 && len(c.got.Meshes) == 1) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

func (c *comparison) environments() {
	for name, want := range c.want.Environments {
		at := "environments[" + name + "]"
		got, ok := c.got.Environments[name]
		if !ok {
			if !says(c.w.Free, at) && !says(c.w.Optional, at) {
				c.differ("no environment %s", name)
			}
			continue
		}
		members := slices.Clone(got.Clusters)
		for i, k := range members {
			members[i] = c.names[k]
		}
		c.values(at+".clusters", want.Clusters, members)
		c.value(at+".terraform", want.Terraform, got.Terraform)
		c.value(at+".varFiles", strings.Join(want.VarFiles, " "), strings.Join(got.VarFiles, " "))
	}
	for name := range c.got.Environments {
		if _, ok := c.want.Environments[name]; !ok && !says(c.w.Free, "environments["+name+"]") {
			c.differ("environment %s is not there", name)
		}
	}
}
