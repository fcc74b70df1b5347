package kustomize

import (
	"errors"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// Run renders what Read prepared, in memory. It is for the child: kustomize's schemas are global,
// and nothing stops it once it runs.
func Run(in Input) Output {
	objects, err := recovered(in)
	if err != nil {
		return Output{Error: err.Error()}
	}
	return Output{Objects: objects}
}

var errGaveUpRendering = errors.New("kustomize itself failed on this input")

func recovered(in Input) (objects []Object, err error) {
	defer func() {
		if recover() != nil {
			objects, err = nil, errGaveUpRendering
		}
	}()
	return run(in)
}

func run(in Input) ([]Object, error) {
	memory := filesys.MakeFsInMemory()
	for _, f := range in.Files {
		if err := memory.WriteFile(f.Name, f.Data); err != nil {
			return nil, err
		}
	}
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(memory, "/k/0")
	if err != nil {
		return nil, err
	}
	return objectsOf(resources, in.KeepOrigins)
}

// objectsOf takes the origin annotations off again, exactly as kustomize does where nobody asks for
// them.
func objectsOf(resources resmap.ResMap, keepOrigins bool) ([]Object, error) {
	out := make([]Object, resources.Size())
	for i, res := range resources.Resources() {
		o := &out[i]
		o.Group, o.Kind, o.Namespace, o.Name = res.GetGvk().Group, res.GetKind(), res.GetNamespace(), res.GetName()
		if origin, err := res.GetOrigin(); err == nil && origin != nil {
			o.Origin, o.ConfiguredIn, o.ConfiguredBy = origin.Path, origin.ConfiguredIn, origin.ConfiguredBy.Kind
		}
	}
	if !keepOrigins {
		if err := resources.RemoveOriginAnnotations(); err != nil {
			return nil, err
		}
	}
	for i, res := range resources.Resources() {
		text, err := res.AsYAML()
		if err != nil {
			return nil, err
		}
		out[i].Text = text
	}
	return out, nil
}
