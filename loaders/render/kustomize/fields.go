package kustomize

import (
	"fmt"
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
)

// fields checks every field of a kustomization that can lead elsewhere, and gives the copy for the
// child: without the entries that cannot be rendered, and with bases by their number.
func (r *reader) fields(n *node) types.Kustomization {
	c := n.spec
	old := deprecatedOf(&c)
	c.Resources = r.strings(n, "resources", c.Resources, r.resource)
	*old.bases = r.strings(n, "bases", *old.bases, r.resource)
	c.Crds = r.strings(n, "crds", c.Crds, r.fileEntry("CRD schema"))
	c.Configurations = r.strings(n, "configurations", c.Configurations, r.fileEntry("configuration"))
	c.Generators = r.strings(n, "generators", c.Generators, r.plugin)
	c.Transformers = r.strings(n, "transformers", c.Transformers, r.plugin)
	c.Validators = r.strings(n, "validators", c.Validators, r.plugin)
	c.Components = r.strings(n, "components", c.Components, r.component)
	*old.patchesStrategicMerge = keep(*old.patchesStrategicMerge, func(i int, p *types.PatchStrategicMerge) bool {
		at := n.place("/patchesStrategicMerge/%d", i)
		if isInline(string(*p), r.opts) && !IsRemote(string(*p)) {
			return true
		}
		return r.patchFile(n, at, string(*p))
	})
	c.Patches = keep(c.Patches, func(i int, p *types.Patch) bool { return r.patch(n, fmt.Sprintf("/patches/%d", i), p) })
	*old.patchesJSON = keep(*old.patchesJSON, func(i int, p *types.Patch) bool {
		return r.patch(n, fmt.Sprintf("/patchesJson6902/%d", i), p)
	})
	c.Replacements = keep(c.Replacements, func(i int, p *types.ReplacementField) bool {
		return p.Path == "" || r.patchFile(n, n.place("/replacements/%d/path", i), p.Path)
	})
	c.ConfigMapGenerator = keep(c.ConfigMapGenerator, func(i int, g *types.ConfigMapArgs) bool {
		return r.sources(n, fmt.Sprintf("/configMapGenerator/%d", i), g.KvPairSources)
	})
	c.SecretGenerator = keep(c.SecretGenerator, func(i int, g *types.SecretArgs) bool {
		return r.sources(n, fmt.Sprintf("/secretGenerator/%d", i), g.KvPairSources)
	})
	if p, ok := c.OpenAPI["path"]; ok && !r.file(n, n.place("/openapi/path"), "OpenAPI schema", p) {
		c.OpenAPI = nil
	}
	r.helm(n, &c)
	return c
}

// keep returns the elements that ok accepts.
func keep[T any](in []T, ok func(i int, v *T) bool) (out []T) {
	for i, v := range in {
		if ok(i, &v) {
			out = append(out, v)
		}
	}
	return out
}

func (r *reader) strings(n *node, field string, in []string, check func(n *node, at place, entry string) (string, bool)) []string {
	return keep(in, func(i int, v *string) bool {
		at := n.place("/"+field+"/%d", i)
		at.text = *v
		entry, ok := check(n, at, *v)
		*v = entry
		return ok
	})
}

// place is an entry of n by its JSON pointer.
func (n *node) place(pointer string, args ...any) place {
	pointer = fmt.Sprintf(pointer, args...)
	return place{parent: n, entry: pointer, at: n.doc.Locate(pointer), plugins: n.plugins}
}

func (r *reader) fileEntry(what string) func(*node, place, string) (string, bool) {
	return func(n *node, at place, entry string) (string, bool) { return entry, r.file(n, at, what, entry) }
}

func (r *reader) patch(n *node, pointer string, p *types.Patch) bool {
	return p.Path == "" || r.patchFile(n, n.place("%s/path", pointer), p.Path)
}

// sources checks the files of a generator. A generator that lacks one is left out as a whole: a
// ConfigMap without one of its files is another ConfigMap.
func (r *reader) sources(n *node, pointer string, s types.KvPairSources) bool {
	all := true
	for i, f := range s.FileSources {
		_, name, keyed := strings.Cut(f, "=")
		if !keyed {
			name = f
		}
		at := n.place("%s/files/%d", pointer, i)
		if IsRemote(f) {
			name = f
		}
		all = r.file(n, at, "file", name) && all
	}
	for i, f := range s.EnvSources {
		all = r.file(n, n.place("%s/envs/%d", pointer, i), "env file", f) && all
	}
	if s.EnvSource != "" {
		all = r.file(n, n.place("%s/env", pointer), "env file", s.EnvSource) && all
	}
	return all
}

// helm refuses charts: kustomize runs the helm program for them.
func (r *reader) helm(n *node, c *types.Kustomization) {
	refuse := func(pointer, name string) {
		help := fmt.Sprintf("render it beforehand: kustomize build --enable-helm %s | muster scan -", r.root.Shown(n.dir))
		r.problem(n.place("%s", pointer), "Helm chart "+name, "kustomize runs helm for this chart, and muster runs no program; what the chart holds is unknown", help)
	}
	for i, chart := range c.HelmCharts {
		refuse(fmt.Sprintf("/helmCharts/%d", i), chart.Name)
	}
	for i, chart := range c.HelmChartInflationGenerator {
		refuse(fmt.Sprintf("/helmChartInflationGenerator/%d", i), chart.ChartName)
	}
	if c.HelmGlobals != nil {
		n.dropped = true
	}
	c.HelmCharts, c.HelmChartInflationGenerator, c.HelmGlobals = nil, nil, nil
}

// HelmCharts are the directories of the charts that a kustomization in dir inflates.
func HelmCharts(dir string, spec types.Kustomization) (out []string) {
	home := types.HelmDefaultHome
	if spec.HelmGlobals != nil && spec.HelmGlobals.ChartHome != "" {
		home = spec.HelmGlobals.ChartHome
	}
	for _, c := range spec.HelmCharts {
		out = append(out, path.Join(dir, home, c.Name))
	}
	for _, c := range spec.HelmChartInflationGenerator {
		at := home
		if c.ChartHome != "" {
			at = c.ChartHome
		}
		out = append(out, path.Join(dir, at, c.ChartName))
	}
	return out
}
