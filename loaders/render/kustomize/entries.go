package kustomize

import "sigs.k8s.io/kustomize/api/types"

// The limits of one kustomization file. Each entry costs a look at the disk, or kustomize a walk
// through all objects.
const (
	maxFileBytes = 2 << 20
	maxEntries   = 10_000 // that lead to files or change objects
)

// entries counts these entries; field is where most of them stand.
func entries(spec types.Kustomization) (field string, n int) {
	old := deprecatedOf(&spec)
	most := 0
	add := func(name string, count int) {
		if n += count; count > most {
			field, most = name, count
		}
	}
	add("resources", len(spec.Resources))
	add("bases", len(*old.bases))
	add("components", len(spec.Components))
	add("crds", len(spec.Crds))
	add("configurations", len(spec.Configurations))
	add("generators", len(spec.Generators))
	add("transformers", len(spec.Transformers))
	add("validators", len(spec.Validators))
	add("patches", len(spec.Patches))
	add("patchesStrategicMerge", len(*old.patchesStrategicMerge))
	add("patchesJson6902", len(*old.patchesJSON))
	add("replacements", len(spec.Replacements))
	add("helmCharts", len(spec.HelmCharts))
	add("helmChartInflationGenerator", len(spec.HelmChartInflationGenerator))
	add("images", len(spec.Images))
	add("replicas", len(spec.Replicas))
	add("labels", len(spec.Labels))
	for _, g := range spec.ConfigMapGenerator {
		add("configMapGenerator", 1+len(g.FileSources)+len(g.EnvSources))
	}
	for _, g := range spec.SecretGenerator {
		add("secretGenerator", 1+len(g.FileSources)+len(g.EnvSources))
	}
	return field, n
}
