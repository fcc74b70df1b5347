package kustomize

import (
	"strings"

	"sigs.k8s.io/kustomize/api/types"

	"github.com/passmuster/muster/loaders/source"
)

// References lists what a kustomization refers to, as it is written: bases and components among
// the rest, since only the disk tells them from files. Inline entries and what is to be fetched are
// left out.
func References(spec types.Kustomization) (out []string) {
	add := func(entries ...string) {
		for _, e := range entries {
			if e != "" && !IsRemote(e) && !strings.Contains(e, "\n") {
				out = append(out, e)
			}
		}
	}
	old := deprecatedOf(&spec)
	for _, field := range [][]string{
		spec.Resources, *old.bases, spec.Components, spec.Crds, spec.Configurations,
		spec.Generators, spec.Transformers, spec.Validators,
	} {
		for _, e := range field {
			if !isInline(e, source.Options{}) {
				add(e)
			}
		}
	}
	for _, p := range *old.patchesStrategicMerge {
		add(string(p))
	}
	for _, p := range spec.Patches {
		add(p.Path)
	}
	for _, p := range *old.patchesJSON {
		add(p.Path)
	}
	for _, p := range spec.Replacements {
		add(p.Path)
	}
	for _, g := range spec.ConfigMapGenerator {
		add(sourceFiles(g.KvPairSources)...)
	}
	for _, g := range spec.SecretGenerator {
		add(sourceFiles(g.KvPairSources)...)
	}
	for _, c := range spec.HelmCharts {
		add(c.ValuesFile)
		add(c.AdditionalValuesFiles...)
	}
	add(spec.OpenAPI["path"])
	return out
}

func sourceFiles(s types.KvPairSources) (out []string) {
	for _, f := range s.FileSources {
		if _, name, keyed := strings.Cut(f, "="); keyed {
			f = name
		}
		out = append(out, f)
	}
	return append(append(out, s.EnvSources...), s.EnvSource)
}
