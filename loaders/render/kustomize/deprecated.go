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

func deprecatedOf(spec *types.Kustomization) deprecated { //nolint:staticcheck // this is the place where they are known
	return deprecated{
		bases: &spec.Bases, patchesStrategicMerge: &spec.PatchesStrategicMerge, patchesJSON: &spec.PatchesJson6902,
		imageTags: spec.ImageTags, commonLabels: spec.CommonLabels,
	}
}
