package kustomize

import "sigs.k8s.io/kustomize/api/types"

// deprecated are fields of a kustomization that kustomize advises against and reads all the same;
// most repositories hold some.
type deprecated struct {
	bases                 *[]string
	patchesStrategicMerge *[]types.PatchStrategicMerge
	patchesJSON           *[]types.Patch
	imageTags             []types.Image
	commonLabels          map[string]string
}

func deprecatedOf(spec *types.Kustomization) deprecated {
	return deprecated{
		bases:                 &spec.Bases,                 //nolint:staticcheck // read because it is written
		patchesStrategicMerge: &spec.PatchesStrategicMerge, //nolint:staticcheck // read because it is written
		patchesJSON:           &spec.PatchesJson6902,       //nolint:staticcheck // read because it is written
		imageTags:             spec.ImageTags,              //nolint:staticcheck // read because it is written
		commonLabels:          spec.CommonLabels,           //nolint:staticcheck // read because it is written
	}
}
